//go:build !unix

package adtest

import "testing"

func lifeline(testing.TB, string) string { return "" }
