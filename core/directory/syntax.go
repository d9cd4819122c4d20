package directory

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"adsync/core/identity"
)

// syntax is what the schema says about the values of an attribute, by
// attributeSyntax (MS-ADTS 3.1.1.2.2.2).
type syntax string

const (
	syntaxDN         syntax = "2.5.5.1"
	syntaxOID        syntax = "2.5.5.2"
	syntaxCaseExact  syntax = "2.5.5.3"
	syntaxTeletex    syntax = "2.5.5.4"
	syntaxPrintable  syntax = "2.5.5.5"
	syntaxNumeric    syntax = "2.5.5.6"
	syntaxBoolean    syntax = "2.5.5.8"
	syntaxInteger    syntax = "2.5.5.9" // enumerations too
	syntaxOctets     syntax = "2.5.5.10"
	syntaxTime       syntax = "2.5.5.11"
	syntaxText       syntax = "2.5.5.12"
	syntaxDescriptor syntax = "2.5.5.15"
	syntaxLarge      syntax = "2.5.5.16" // and times in units of 100 ns
	syntaxSID        syntax = "2.5.5.17"
)

// ordered says that values can be compared with >= and <=.
func (s syntax) ordered() bool {
	return s.textual() || s == syntaxInteger || s == syntaxLarge || s == syntaxTime
}

// textual says that values can be compared in parts.
func (s syntax) textual() bool {
	return slices.Contains([]syntax{syntaxCaseExact, syntaxTeletex, syntaxPrintable, syntaxNumeric, syntaxText}, s)
}

// wants says what a value of the syntax looks like where this is none of them,
// "" where it is one. A server does not refuse the wrong ones: it takes the
// condition as undefined, and answers with nothing or with everything.
func (s syntax) wants(value string) string {
	var err error
	switch s {
	case syntaxInteger:
		// 32 bits, which may be written with or without a sign.
		var n int64
		if n, err = strconv.ParseInt(value, 10, 64); err == nil && (n < -1<<31 || n >= 1<<32) {
			err = strconv.ErrRange
		}
		return wanted(err, "a whole number of 32 bits")
	case syntaxLarge:
		_, err = strconv.ParseInt(value, 10, 64)
		return wanted(err, "a whole number; of a time the units of 100 ns since 1601")
	case syntaxBoolean:
		if value != "TRUE" && value != "FALSE" {
			return "TRUE or FALSE, in capitals"
		}
	case syntaxTime:
		return wanted(parseTime(value), "a time as in 20260131235959.0Z")
	case syntaxDN:
		if !byID.MatchString(value) && rdnKeys(value) == nil {
			return "a distinguished name as in CN=All Staff,OU=Groups,DC=corp,DC=example"
		}
	case syntaxOID:
		if !identifier.MatchString(value) {
			return "the name of a class or attribute"
		}
	case syntaxSID:
		if !sidPattern.MatchString(value) && sidText([]byte(value)) == "" {
			return "a SID as in S-1-5-21-1-2-3-1104"
		}
	case syntaxCaseExact, syntaxTeletex, syntaxPrintable, syntaxNumeric, syntaxText, syntaxOctets, syntaxDescriptor:
	}
	return ""
}

var (
	identifier = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9-]*|[0-9]+(\.[0-9]+)+)$`)
	sidPattern = regexp.MustCompile(`^S-1(-[0-9]+)+$`)
	// byID names an object by its id in the place of a DN (MS-ADTS 3.1.1.3.1.2.4).
	byID = regexp.MustCompile(`(?i)^<(GUID|SID)=[^>]+>$`)
)

func wanted(err error, what string) string {
	if err != nil {
		return what
	}
	return ""
}

// parseTime takes GeneralizedTime and UTCTime.
func parseTime(value string) error {
	var err error
	for _, layout := range []string{"20060102150405.0Z0700", "20060102150405Z0700", "060102150405Z0700"} {
		if _, err = time.Parse(layout, value); err == nil {
			return nil
		}
	}
	return err
}

// definition is an attribute as the schema defines it.
type definition struct {
	name        string // lDAPDisplayName
	oid         string // attributeID
	syntax      syntax
	constructed bool // computed when it is read, and never found by a filter
}

// definitions are attributes by their names and OIDs, in lower case.
type definitions map[string]definition

func (d definitions) of(name string) (definition, bool) {
	a, ok := d[strings.ToLower(name)]
	return a, ok
}

// dn reports whether the values of an attribute are distinguished names.
func (d definitions) dn(name string) bool {
	a, ok := d.of(name)
	return ok && a.syntax == syntaxDN
}

// The matching rules that a filter may name (MS-ADTS 3.1.1.3.4.4).
const (
	ruleBitAnd  = "1.2.840.113556.1.4.803"
	ruleBitOr   = "1.2.840.113556.1.4.804"
	ruleInChain = "1.2.840.113556.1.4.1941"
)

// complaint is what is wrong with a condition.
type complaint struct {
	code, what, hint string
	at               int
}

// judge says what is wrong with a condition by what the schema says of its
// attribute; the zero complaint is nothing. Whether an object that it names is
// there is not asked.
func (d definitions) judge(c *clause) complaint {
	name, rule, _ := strings.Cut(c.name, ":")
	value := unescape(c.value)
	wrong := func(code string, at int, hint, format string, values ...any) complaint {
		return complaint{"config.filter." + code, fmt.Sprintf(format, values...), hint, at}
	}
	if strings.Contains(name, ";") {
		return wrong("attribute", c.at, "write the attribute without what follows the semicolon", "Active Directory knows no options of attributes, such as those of %s", name)
	}
	a, known := d.of(name)
	if !known {
		return wrong("attribute", c.at, "look for the name in the schema: it is the lDAPDisplayName, such as givenName or department",
			"the schema of the directory has no attribute %q", name)
	}
	if strings.EqualFold(a.name, "aNR") {
		if c.sign != "=" || c.value == "" || c.pattern() || c.value == "*" {
			return wrong("value", c.valueAt, "write it as in (anr=lee)", "anr takes a beginning of a name")
		}
		return complaint{}
	}
	if a.constructed {
		return wrong("attribute", c.at, "", "%s is computed when it is read, and no filter finds it", a.name)
	}
	switch {
	case rule != "":
		return d.judgeRule(c, a, rule, wrong)
	case c.value == "*" && c.sign == "=":
		return complaint{}
	case c.value == "":
		return wrong("value", c.valueAt, "for those without a value write (!("+a.name+"=*))", "a value is missing")
	case c.sign != "=" && c.sign != "~=" && !a.syntax.ordered():
		return wrong("value", c.at, "", "the values of %s have no order, %s cannot be asked of them", a.name, c.sign)
	case a.syntax == syntaxDescriptor:
		return wrong("attribute", c.at, "", "%s holds rights, which no filter finds", a.name)
	case c.pattern() && (c.sign != "=" || !a.syntax.textual() && a.syntax != syntaxOctets):
		return wrong("value", c.valueAt, "a * that is meant itself is written \\2a", "the values of %s cannot be searched in parts with *", a.name)
	case c.pattern():
		return complaint{}
	case strings.EqualFold(a.name, "objectCategory") && identifier.MatchString(value):
		return complaint{} // the name of a class is taken too
	case strings.EqualFold(a.name, "objectGUID"):
		if _, err := identity.GUIDFromBytes([]byte(value)); err == nil {
			return complaint{}
		}
		if _, err := identity.ParseGUID(value); err != nil {
			return wrong("value", c.valueAt, "", "%s is no objectGUID", c.value)
		}
	default:
		if want := a.syntax.wants(value); want != "" {
			return wrong("value", c.valueAt, "", "%s is %q, expected %s", a.name, value, want)
		}
	}
	return complaint{}
}

func (d definitions) judgeRule(c *clause, a definition, rule string, wrong func(code string, at int, hint, format string, values ...any) complaint) complaint {
	value := unescape(c.value)
	switch {
	case rule == "dn" || strings.HasPrefix(rule, "dn:"):
		return wrong("rule", c.at, "name a search base instead", "Active Directory does not look for values within distinguished names (:dn:)")
	case rule == ruleBitAnd || rule == ruleBitOr:
		if a.syntax != syntaxInteger && a.syntax != syntaxLarge {
			return wrong("rule", c.at, "", "%s holds no bits that the rule %s could look at", a.name, rule)
		}
	case rule == ruleInChain:
		if a.syntax != syntaxDN {
			return wrong("rule", c.at, "", "%s names no objects that the rule %s could follow", a.name, rule)
		}
	default:
		return wrong("rule", c.at, "use "+ruleBitAnd+" (all bits), "+ruleBitOr+" (any bit) or "+ruleInChain+" (nested)", "the matching rule %q is not known", rule)
	}
	if want := a.syntax.wants(value); want != "" {
		return wrong("value", c.valueAt, "", "%s is %q, expected %s", a.name, value, want)
	}
	return complaint{}
}

// pattern says that the value has a wildcard beside other text.
func (c *clause) pattern() bool { return c.value != "*" && strings.Contains(c.value, "*") }

// names says that the condition names an object that has to be there.
func (d definitions) names(c *clause) bool {
	a, ok := d.of(c.attribute())
	if !ok || a.syntax != syntaxDN || c.value == "*" || c.sign != "=" && c.sign != ":=" {
		return false
	}
	return !strings.EqualFold(a.name, "objectCategory") || !identifier.MatchString(unescape(c.value))
}

// unescape takes the escapes of a filter away.
func unescape(value string) string {
	var b strings.Builder
	for i := 0; i < len(value); i++ {
		if value[i] == '\\' && i+2 < len(value) {
			if n, err := strconv.ParseUint(value[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(n))
				i += 2
				continue
			}
		}
		b.WriteByte(value[i])
	}
	return b.String()
}
