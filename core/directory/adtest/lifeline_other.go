//go:build !unix

package adtest

import "testing"

func lifeline(*testing.T, string) string { return "" }
