package central

import (
	"strings"

	"adsync/core/fault"
)

// conflicts are the causes of a 409 that the documentation of the API names, the
// more particular first: the address that an administrator signs in with is an
// address too. How a real tenant words them has not been seen; the words are
// those of the documentation, and what has none of them is a conflict without a
// cause.
var conflicts = []struct {
	code  string
	words []string
	hint  string
}{
	{"admin", []string{"admin"}, "an administrator signs in with this address: change or remove it in Sophos Central"},
	{"notEmpty", []string{"empty"}, "the group still has members that are not ours to remove"},
	{"managed", []string{"directory", "synced", "synchronised", "synchronized", "managed"}, "a directory service manages the object: turn that off in Sophos Central first"},
	{"email", []string{"email", "e-mail", "mail address"}, "another user of Sophos Central has this address"},
	{"name", []string{"name"}, "another group of Sophos Central has this name"},
}

// conflict gives a 409 the code of its cause, as far as the reply tells it.
func conflict(text string, e *Error) error {
	said := strings.ToLower(e.Code + " " + e.Message)
	for _, c := range conflicts {
		for _, w := range c.words {
			if strings.Contains(said, w) {
				return fault.New("central.conflict."+c.code, text, fault.Cause(e), fault.Hint(c.hint))
			}
		}
	}
	return fault.New("central.conflict", text, fault.Cause(e),
		fault.Hint("the value is taken, the object is managed by a directory service, or the group is not empty"))
}
