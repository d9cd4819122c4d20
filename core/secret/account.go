package secret

import (
	"os"
	"os/user"
	"runtime"
	"strconv"

	"adsync/core/fault"
)

// Account is an account of the operating system.
type Account struct {
	Name string // DOMAIN\name on Windows
	SID  string // S-1-22-1-<uid> on other systems
}

// CurrentAccount is the account that this program runs as.
func CurrentAccount() (Account, error) {
	if runtime.GOOS == "windows" {
		u, err := user.Current()
		if err != nil {
			return Account{}, fault.New("internal.account", "the account that runs adsync cannot be found out", fault.Cause(err))
		}
		return Account{Name: u.Username, SID: u.Uid}, nil
	}
	uid := strconv.Itoa(os.Geteuid())
	a := Account{Name: uid, SID: "S-1-22-1-" + uid}
	// In a container the account may have no name.
	if u, err := user.LookupId(uid); err == nil {
		a.Name = u.Username
	}
	return a, nil
}
