package central

import (
	"unsafe"

	"github.com/mattn/go-ieproxy"
	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
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
		user.script = pac(conf.Automatic.PreConfiguredURL)
	}
	return append(all, user, registrySetting())
}

// registrySetting is what the account has in plain values of the registry, where
// logon scripts and group policy write them. Windows makes its own settings from
// them when a program of the account next asks WinINet, which in the session of a
// task need not have happened.
func registrySetting() setting {
	const settings = `\Microsoft\Windows\CurrentVersion\Internet Settings`
	found := setting{from: FromUser}
	root := registry.CURRENT_USER
	if policy, err := registry.OpenKey(registry.LOCAL_MACHINE, `Software\Policies`+settings, registry.QUERY_VALUE); err == nil {
		if perUser, _, err := policy.GetIntegerValue("ProxySettingsPerUser"); err == nil && perUser == 0 {
			root = registry.LOCAL_MACHINE // all accounts have the machine's
		}
		_ = policy.Close()
	}
	key, err := registry.OpenKey(root, `Software`+settings, registry.QUERY_VALUE)
	if err != nil {
		return found
	}
	defer func() { _ = key.Close() }()
	text := func(name string) string {
		value, _, err := key.GetStringValue(name)
		if err != nil {
			return ""
		}
		return value
	}
	if on, _, err := key.GetIntegerValue("ProxyEnable"); err == nil && on != 0 {
		found.proxy, found.bypass = parsed(text("ProxyServer")), text("ProxyOverride")
	}
	if script := text("AutoConfigURL"); script != "" {
		found.script = pac(script)
	}
	return found
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
	directAccess    uint32 = 1 // WINHTTP_ACCESS_TYPE_NO_PROXY
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
