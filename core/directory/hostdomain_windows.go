package directory

import "golang.org/x/sys/windows"

// machineDomains returns the DNS domain that this machine is a member of.
func machineDomains() []string {
	size := uint32(256)
	buffer := make([]uint16, size)
	if err := windows.GetComputerNameEx(windows.ComputerNameDnsDomain, &buffer[0], &size); err != nil {
		return nil
	}
	return hostDomains(windows.UTF16ToString(buffer))
}
