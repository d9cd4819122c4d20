package store

import "golang.org/x/sys/windows"

const (
	errFull = windows.ERROR_DISK_FULL
	// anything is what only other systems allow in a name.
	anything = ""
)
