package incumbent

import "golang.org/x/sys/windows"

// running asks for no more rights than every account has.
func running(name string) bool {
	manager, err := windows.OpenSCManager(nil, nil, windows.SC_MANAGER_CONNECT)
	if err != nil {
		return false
	}
	defer func() { _ = windows.CloseServiceHandle(manager) }()
	text, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return false
	}
	handle, err := windows.OpenService(manager, text, windows.SERVICE_QUERY_STATUS)
	if err != nil {
		return false
	}
	defer func() { _ = windows.CloseServiceHandle(handle) }()
	var status windows.SERVICE_STATUS
	if windows.QueryServiceStatus(handle, &status) != nil {
		return false
	}
	return status.CurrentState != windows.SERVICE_STOPPED
}
