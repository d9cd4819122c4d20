//go:build !windows

package central

// systemSettings: other systems say it in the environment.
func systemSettings() []setting { return nil }
