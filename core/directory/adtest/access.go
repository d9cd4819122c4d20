package adtest

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// Access adds an entry to the access control list of an object, in the security
// descriptor definition language (MS-DTYP 2.5.1.1): "(OD;;RP;GUID;;SID)".
func (c *Controller) Access(t *testing.T, dn, entry string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "samba-tool", "dsacl", "set", "--objectdn="+dn, "--sddl="+entry,
		"-H", filepath.Join(c.dir, "private", "sam.ldb")).CombinedOutput()
	if err != nil {
		t.Fatalf("samba-tool dsacl set: %v\n%s", err, out)
	}
}
