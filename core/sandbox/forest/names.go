package forest

import "strings"

var givenNames = [...]string{
	"Anna", "Ben", "Carla", "David", "Eva", "Frank", "Greta", "Hugo", "Ivy", "Jonas", "Karen", "Liam",
	"Mia", "Noah", "Olga", "Paul", "Quinn", "Rosa", "Sven", "Tina", "Zoë", "François", "Jürgen", "Søren",
	"Ángel", "Łukasz", "Chloé", "Ömer", "Renée", "Ulrich", "Vera", "Walter", "Yara", "Björn", "Céline", "Daniel",
	"Elif", "Fatima", "Goran", "Helena",
}

var familyNames = [...]string{
	"Smith", "Miller", "Brown", "Garcia", "Novak", "Rossi", "Weber", "Dubois", "Kowalski", "Silva",
	"Jensen", "Okafor", "Khan", "Nguyen", "Lopez", "Moore", "Klein", "Fischer", "Lee", "Petrov",
	"Müller", "García Márquez", "Lefèvre", "Ångström", "Schäfer", "O'Neill", "D'Angelo", "Škoda", "Şahin", "Nuñez",
	"Bauer", "Costa", "Eriksson", "Farrell", "Großmann", "Hoffmann", "Ivanova", "Jovanović", "Keller", "Lindqvist",
	"Meier", "Nakamura", "Olsen", "Peters", "Quist", "Ricci", "Sato", "Thomas", "Ullmann", "van Dijk",
	"Wagner", "Xu", "Yilmaz", "Zimmermann", "Abel", "Becker", "Cohen",
}

// letters are those that do not come apart into a letter and an accent.
var letters = strings.NewReplacer(
	"ä", "ae", "ö", "oe", "ü", "ue", "Ä", "Ae", "Ö", "Oe", "Ü", "Ue",
	"ß", "ss", "ø", "o", "Ø", "O", "ł", "l", "Ł", "L", "đ", "d", "Đ", "D",
)

// accountName makes a sAMAccountName of a person's name: the letters that every
// system can write, at most 20 of them. A name without any gives "".
func accountName(given, family string) string {
	plain := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' {
				return r
			}
			return -1
		}, fold(letters.Replace(s)))
	}
	const limit = 20
	out := strings.Trim(plain(given)+"."+plain(family), ".")
	return strings.TrimRight(out[:min(len(out), limit)], ".")
}

// splitName takes the last word for the family name.
func splitName(name string) (given, family string) {
	i := strings.LastIndexByte(strings.TrimSpace(name), ' ')
	if i < 0 {
		return "", strings.TrimSpace(name)
	}
	return strings.TrimSpace(name[:i]), name[i+1:]
}
