package central

import (
	"unsafe"

	"github.com/mattn/go-ieproxy"
	"golang.org/x/sys/windows"
)

// systemSettings are those of the machine (netsh winhttp set proxy) and those of
// the account, with their script. SYSTEM and a gMSA have the machine's only.
func systemSettings() []setting {
	var all []setting
	if proxy, bypass := machineProxy(); proxy != "" {
		all = append(all, setting{from: FromWinHTTP, proxy: parsed(proxy), bypass: bypass})
	}
	// The library also finds the machine's where the account has none; what
	// speaks first above is not asked for again.
	conf := ieproxy.ReloadConf()
	user := setting{from: FromUser, bypass: conf.Static.NoProxy}
	if conf.Static.Active {
		user.proxy = conf.Static.Protocols
	}
	if conf.Automatic.Active {
		user.script = conf.Automatic.FindProxyForURL
	}
	return append(all, user)
}

// proxyInfo is WINHTTP_PROXY_INFO.
type proxyInfo struct {
	access        uint32
	proxy, bypass *uint16
}

var (
	winHTTP                = windows.NewLazySystemDLL("winhttp.dll")
	getDefaultProxy        = winHTTP.NewProc("WinHttpGetDefaultProxyConfiguration")
	globalFree             = windows.NewLazySystemDLL("kernel32.dll").NewProc("GlobalFree")
	namedProxy      uint32 = 3 // WINHTTP_ACCESS_TYPE_NAMED_PROXY
)

// machineProxy is what WinHTTP has for the machine: the library above asks for
// it after the account's, and this program before.
func machineProxy() (proxy, bypass string) {
	if getDefaultProxy.Find() != nil {
		return "", ""
	}
	var info proxyInfo
	if r, _, _ := getDefaultProxy.Call(uintptr(unsafe.Pointer(&info))); r == 0 { //nolint:gosec // the way to call Windows
		return "", ""
	}
	defer free(info.proxy)
	defer free(info.bypass)
	if info.access != namedProxy {
		return "", ""
	}
	return windows.UTF16PtrToString(info.proxy), windows.UTF16PtrToString(info.bypass)
}

func free(p *uint16) {
	if p != nil {
		_, _, _ = globalFree.Call(uintptr(unsafe.Pointer(p))) //nolint:gosec // the way to call Windows
	}
}
