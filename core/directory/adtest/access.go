package adtest

import "testing"

// Access adds an entry to the access control lists of objects, in the security
// descriptor definition language (MS-DTYP 2.5.1.1): "(OD;;RP;GUID;;SID)". One that
// begins with "D:" is a whole list, which takes the place of the old one.
func (c *Controller) Access(t *testing.T, entry string, dns ...string) {
	t.Helper()
	c.python(t, "access.py", append([]string{entry}, dns...)...)
}

// Lists returns what puts the access control lists of objects back as they are now.
func (c *Controller) Lists(t *testing.T, dns ...string) (restore func()) {
	t.Helper()
	before := make([][]string, len(dns))
	for i, dn := range dns {
		before[i] = c.Read(t, dn, "nTSecurityDescriptor")
	}
	return func() {
		t.Helper()
		for i, dn := range dns {
			c.Set(t, dn, "nTSecurityDescriptor", before[i]...)
		}
	}
}
