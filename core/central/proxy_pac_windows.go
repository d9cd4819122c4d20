package central

import (
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"
)

// autoProxy is WINHTTP_AUTOPROXY_OPTIONS.
type autoProxy struct {
	flags, detect uint32
	url           *uint16
	_             uintptr
	_             uint32
	logOn         int32
}

// WINHTTP_AUTOPROXY_AUTO_DETECT and _CONFIG_URL; to detect by DHCP and DNS.
const (
	autoDetect = 1
	autoConfig = 2
	byDHCP     = 1
	byDNS      = 2
)

var (
	openSession  = winHTTP.NewProc("WinHttpOpen")
	closeSession = winHTTP.NewProc("WinHttpCloseHandle")
	proxyForURL  = winHTTP.NewProc("WinHttpGetProxyForUrl")
)

// pac has Windows run the script at an address, or with "" the one that it finds
// by WPAD. The library above cannot tell a script that says DIRECT from one that
// could not be fetched.
func pac(address string) pacScript {
	return func(target string) (string, bool) {
		if openSession.Find() != nil || proxyForURL.Find() != nil {
			return "", false
		}
		options := autoProxy{flags: autoDetect, detect: byDHCP | byDNS, logOn: 1}
		if address != "" {
			text, err := windows.UTF16PtrFromString(address)
			if err != nil {
				return "", false
			}
			options.flags, options.detect, options.url = autoConfig, 0, text
		}
		url, err := windows.UTF16PtrFromString(target)
		if err != nil {
			return "", false
		}
		session, _, _ := openSession.Call(0, uintptr(directAccess), 0, 0, 0)
		if session == 0 {
			return "", false
		}
		defer func() { _, _, _ = closeSession.Call(session) }()
		var info proxyInfo
		r, _, _ := proxyForURL.Call(session, uintptr(unsafe.Pointer(url)), uintptr(unsafe.Pointer(&options)), uintptr(unsafe.Pointer(&info))) //nolint:gosec // the way to call Windows
		if r == 0 {
			return "", false
		}
		defer free(info.proxy)
		defer free(info.bypass)
		if info.access != namedProxy {
			return "", true
		}
		first, _, _ := strings.Cut(windows.UTF16PtrToString(info.proxy), ";")
		return strings.TrimSpace(first), true
	}
}
