package tenant

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
)

// shape says what the body of a call may and must hold.
type shape struct {
	texts    []string
	list     string // name of the one list of ids, "" for none
	required []string
}

var (
	createUser  = shape{texts: []string{"name", "firstName", "lastName", "email", "exchangeLogin"}, list: "groupIds", required: []string{"name"}}
	patchUser   = shape{texts: createUser.texts}
	createGroup = shape{texts: []string{"name", "description"}, list: "userIds", required: []string{"name"}}
	patchGroup  = shape{texts: createGroup.texts}
	addIDs      = shape{list: "ids", required: []string{"ids"}}
)

// body is what a call brought.
type body struct {
	texts map[string]string
	ids   []string // lower case, each once
}

// The lengths are guesses: what Active Directory allows.
const (
	maxText        = 256
	maxDescription = 1024
)

// read takes the call apart: parameters, ids in the path, body.
func (t *Tenant) read(e *exchange) (reply, bool) {
	for name, value := range e.vars {
		id, err := canonicalID(value)
		if err != nil {
			return refusal(http.StatusBadRequest, "%s: %v", name, err), false
		}
		e.vars[name] = id
	}
	var err error
	if e.query, err = parseQuery(e.values(), e.route.query, e.route.words); err != nil {
		return refusal(http.StatusBadRequest, "%v", err), false
	}
	if most := t.quirks.MaxPage; most > 0 {
		e.query.most, e.query.size = most, min(e.query.size, most)
	}
	s := e.route.body
	switch {
	case s == nil && len(e.raw) > 0:
		return refusal(http.StatusBadRequest, "no body is expected"), false
	case s == nil:
		return reply{}, true
	case e.media() != mediaJSON:
		return refusal(http.StatusUnsupportedMediaType, "the content type is not %s", mediaJSON), false
	}
	if e.body, err = s.parse(e.raw); err != nil {
		return refusal(http.StatusBadRequest, "%v", err), false
	}
	return reply{}, true
}

func (s *shape) parse(raw []byte) (body, error) {
	b := body{texts: map[string]string{}}
	fields, err := members(raw)
	if err != nil {
		return b, err
	}
	if len(fields) == 0 {
		return b, fmt.Errorf("the body is empty")
	}
	for name, value := range fields {
		switch {
		case slices.Contains(s.texts, name):
			b.texts[name], err = text(name, value)
		case name == s.list:
			b.ids, err = idList(value)
		default:
			err = fmt.Errorf("unknown field")
		}
		if err != nil {
			return b, fmt.Errorf("%s: %w", name, err)
		}
	}
	for _, name := range s.required {
		if _, ok := fields[name]; !ok {
			return b, fmt.Errorf("%s: missing", name)
		}
	}
	return b, nil
}

// members reads one JSON object, no name twice and nothing behind it.
func members(raw []byte) (map[string]json.RawMessage, error) {
	if !utf8.Valid(raw) {
		return nil, fmt.Errorf("the body is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil, fmt.Errorf("the body is no JSON object")
	}
	fields := map[string]json.RawMessage{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, fmt.Errorf("the body is no JSON object: %w", err)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, fmt.Errorf("the body is no JSON object: %w", err)
		}
		name := fmt.Sprint(token)
		if _, twice := fields[name]; twice {
			return nil, fmt.Errorf("%s: twice", name)
		}
		fields[name] = value
	}
	if _, err := d.Token(); err != nil {
		return nil, fmt.Errorf("the body is no JSON object: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("something follows the JSON object")
	}
	return fields, nil
}

func text(name string, value json.RawMessage) (string, error) {
	var s *string
	if err := json.Unmarshal(value, &s); err != nil || s == nil {
		return "", fmt.Errorf("not a text")
	}
	limit := maxText
	if name == "description" {
		limit = maxDescription
	}
	switch {
	case strings.TrimSpace(*s) == "":
		return "", fmt.Errorf("empty")
	case utf8.RuneCountInString(*s) > limit:
		return "", fmt.Errorf("longer than %d characters", limit)
	case name == "email" && !isAddress(*s):
		return "", fmt.Errorf("not an address")
	}
	return *s, nil
}

func isAddress(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	return ok && local != "" && !strings.ContainsAny(s, " \t\r\n,;<>()\"") && !strings.Contains(domain, "@") &&
		strings.Contains(domain, ".") && strings.Trim(domain, ".") == domain
}

func idList(value json.RawMessage) ([]string, error) {
	var list []*string
	if err := json.Unmarshal(value, &list); err != nil {
		return nil, fmt.Errorf("not a list of ids")
	}
	ids := make([]string, 0, len(list))
	for _, id := range list {
		if id == nil {
			return nil, fmt.Errorf("not a list of ids")
		}
		ids = append(ids, *id)
	}
	return canonicalIDs(ids, MaxPostIDs)
}

// canonicalIDs checks a list of ids: at least one, at most limit, none twice.
func canonicalIDs(list []string, limit int) ([]string, error) {
	if len(list) == 0 || len(list) > limit {
		return nil, fmt.Errorf("%d ids, expected 1 to %d", len(list), limit)
	}
	ids := make([]string, 0, len(list))
	for _, text := range list {
		id, err := canonicalID(text)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	if sorted := slices.Sorted(slices.Values(ids)); len(slices.Compact(sorted)) != len(ids) {
		return nil, fmt.Errorf("an id stands there twice")
	}
	return ids, nil
}

func canonicalID(text string) (string, error) {
	if len(text) != 36 {
		return "", fmt.Errorf("%q is no UUID", text)
	}
	id, err := uuid.Parse(text)
	if err != nil {
		return "", fmt.Errorf("%q is no UUID", text)
	}
	return id.String(), nil
}
