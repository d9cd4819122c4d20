package dctest_test

import (
	"testing"

	"adsync/core/directory"
	"adsync/core/identity"
)

func dial(tb testing.TB, o directory.Options) *directory.Client {
	tb.Helper()
	c, err := directory.Dial(tb.Context(), o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = c.Close() })
	return c
}

func read(tb testing.TB, o directory.Options, r directory.Request) identity.Snapshot {
	tb.Helper()
	s, err := dial(tb, o).Read(tb.Context(), r)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}
