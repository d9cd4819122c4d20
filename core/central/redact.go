package central

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// redactor takes secrets out of texts that came from elsewhere. It stands
// behind a pointer so that printing a Client does not print it.
type redactor struct {
	mu    sync.Mutex
	words []string
}

// minWord is the length below which a word is left alone: it would blot out
// every text, and hides nothing.
const minWord = 4

// maxText bounds what an error repeats of a reply.
const maxText = 300

// add makes words known, in the forms in which a reply might echo them.
func (r *redactor) add(words ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, w := range words {
		if len(w) < minWord {
			continue
		}
		quoted, _ := json.Marshal(w) // a string can always be encoded
		for _, form := range []string{w, url.QueryEscape(w), url.PathEscape(w), strings.Trim(string(quoted), `"`)} {
			if form != "" && !slices.Contains(r.words, form) {
				r.words = append(r.words, form)
			}
		}
	}
	slices.SortFunc(r.words, func(a, b string) int { return len(b) - len(a) })
}

// clean returns text on one line, bounded, and without the secrets.
func (r *redactor) clean(text string) string {
	r.mu.Lock()
	pairs := make([]string, 0, 2*len(r.words))
	for _, w := range r.words { // the longest first, a form may hold another
		pairs = append(pairs, w, "[secret]")
	}
	r.mu.Unlock()
	text = strings.NewReplacer(pairs...).Replace(text)
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r)
	}), " ")
	if runes := []rune(text); len(runes) > maxText {
		text = string(runes[:maxText]) + " [...]"
	}
	return text
}
