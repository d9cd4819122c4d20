package dctest_test

import (
	"testing"

	"adsync/core/directory"
	"adsync/core/identity"
)

func dial(t testing.TB, o directory.Options) *directory.Client {
	t.Helper()
	c, err := directory.Dial(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func read(t testing.TB, o directory.Options, r directory.Request) identity.Snapshot {
	t.Helper()
	s, err := dial(t, o).Read(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
