// Package sandbox runs a small company on this machine: an Active Directory and
// a Sophos Central, both simulated, both on loopback only and on ports of the
// system's choosing, with certificates of an authority of their own. What was
// changed in either is kept when it is stopped. A sandbox that was started in
// the background holds nothing of who started it.
package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"adsync/core/fault"
)

// Info is where a sandbox is reached and what a profile needs for it, without
// its secrets: those are in Secrets and in no JSON that is printed.
type Info struct {
	Format    int        `json:"format"`
	Running   bool       `json:"running"`
	PID       int        `json:"pid"`       // 0 when it is not running
	StartedAt *time.Time `json:"startedAt"` // null where it has never run
	Dir       string     `json:"dir"`
	CAFile    string     `json:"caFile"`
	Directory Directory  `json:"directory"`
	Central   Central    `json:"central"`
	Control   string     `json:"control"` // URL

	Secrets Secrets `json:"-"`
}

// Directory is how the domain controller is reached.
type Directory struct {
	Host      string `json:"host"` // an address, and a name in the certificate
	Port      int    `json:"port"` // LDAPS
	PlainPort int    `json:"plainPort"`
	Domain    string `json:"domain"`
	NetBIOS   string `json:"netbios"`
	BaseDN    string `json:"baseDn"`
	User      string `json:"user"` // reads everything, deleted objects too
	// PlainUser is an account without rights of its own.
	PlainUser string `json:"plainUser"`
}

// Central is how the simulated Sophos Central is reached.
type Central struct {
	IdentityURL string `json:"identityUrl"`
	GlobalURL   string `json:"globalUrl"`
	RegionURL   string `json:"regionUrl"`
	ClientID    string `json:"clientId"`
	PartnerID   string `json:"partnerId"` // a client id that speaks for two tenants; its secret is the same
	TenantID    string `json:"tenantId"`
	TenantName  string `json:"tenantName"`
}

// Secrets open the sandbox and nothing else; they are made anew for each.
type Secrets struct {
	DirectoryPassword string // of every account
	ClientSecret      string
	ControlToken      string
}

// kept is state.json: an Info with its secrets, readable for its owner only.
type kept struct {
	Info
	Password     string `json:"directoryPassword"`
	ClientSecret string `json:"clientSecret"`
	ControlToken string `json:"controlToken"`
}

// The files of a sandbox.
const (
	stateFile  = "state.json"
	forestFile = "forest.json"
	tenantFile = "tenant.json"
	caFile     = "ca.pem"
	keyFile    = "ca-key.pem"
	lockFile   = "lock"
	logFile    = "sandbox.log"
)

// readState returns what the last start wrote; a sandbox that was never started
// has the zero Info.
func readState(dir string) (Info, error) {
	data, err := os.ReadFile(filepath.Join(dir, stateFile)) //nolint:gosec // the sandbox's own folder
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Info{Format: 1, Dir: dir}, nil
	case err != nil:
		return Info{}, damaged(stateFile, err)
	}
	var k kept
	if err := json.Unmarshal(data, &k); err != nil {
		return Info{}, damaged(stateFile, err)
	}
	k.Secrets = Secrets{DirectoryPassword: k.Password, ClientSecret: k.ClientSecret, ControlToken: k.ControlToken}
	return k.Info, nil
}

func writeState(dir string, i Info) error {
	data, err := json.MarshalIndent(kept{ //nolint:gosec // this is where the secrets are kept
		Info: i, Password: i.Secrets.DirectoryPassword, ClientSecret: i.Secrets.ClientSecret, ControlToken: i.Secrets.ControlToken,
	}, "", "  ")
	if err != nil {
		return damaged(stateFile, err)
	}
	return replace(filepath.Join(dir, stateFile), append(data, '\n'))
}

func damaged(name string, err error) error {
	return fault.New("sandbox.state", fmt.Sprintf("the sandbox's file %s", name), fault.Cause(err),
		fault.Hint("stop the sandbox and remove its folder to begin anew"))
}

// replace writes a file that only its owner may read, whole or not at all.
func replace(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return damaged(filepath.Base(path), err)
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return damaged(filepath.Base(path), errors.Join(err, os.Remove(f.Name())))
	}
	return nil
}
