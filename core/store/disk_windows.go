package store

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"

	"adsync/core/fault"
)

const accessHint = "open PowerShell as administrator"

func diskFull(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL)
}

func noAccess(err error) bool { return errors.Is(err, windows.ERROR_WRITE_PROTECT) }

// checkOwner refuses a folder that belongs to neither the administrators, the
// system nor this account.
func checkOwner(dir string) error {
	descriptor, err := windows.GetNamedSecurityInfo(dir, windows.SE_FILE_OBJECT, windows.OWNER_SECURITY_INFORMATION)
	if errors.Is(err, windows.ERROR_FILE_NOT_FOUND) || errors.Is(err, windows.ERROR_PATH_NOT_FOUND) {
		return nil
	}
	if err != nil {
		return problem("look at the owner of "+dir, err)
	}
	owner, _, err := descriptor.Owner()
	if err != nil {
		return problem("look at the owner of "+dir, err)
	}
	if owner.IsWellKnown(windows.WinBuiltinAdministratorsSid) || owner.IsWellKnown(windows.WinLocalSystemSid) {
		return nil
	}
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return problem("look at the account that runs adsync", err)
	}
	if owner.Equals(user.User.Sid) {
		return nil
	}
	return fault.New("profile.access", dir+" belongs to another account ("+owner.String()+")",
		fault.Hint("it must belong to Administrators: run takeown /f and icacls as administrator"))
}

// syncDir does nothing: NTFS journals renames itself, and a folder cannot be
// flushed without further rights.
func syncDir(*os.Root, string) error { return nil }
