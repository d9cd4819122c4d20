//go:build unix

package store

import "syscall"

const (
	errFull = syscall.ENOSPC
	// anything is what only this system allows in a name.
	anything = `?*:"\`
)
