package incumbent

import "testing"

// TestRunning asks for services that every Windows has, and for none.
func TestRunning(t *testing.T) {
	for name, want := range map[string]bool{
		"PlugPlay":     true,
		"no such name": false,
		"a\x00b":       false,
	} {
		if got := running(name); got != want {
			t.Errorf("%q: %v, want %v", name, got, want)
		}
	}
}
