package directory

import (
	"crypto/x509"
	"errors"
	"os/user"
	"syscall"
	"time"

	"github.com/go-ldap/ldap/v3/gssapi"
)

// newNegotiator logs on as the running account, with SSPI, and binds the logon to
// the certificate of the connection (RFC 5929, tls-server-end-point).
func newNegotiator(leaf *x509.Certificate, _ time.Time) (negotiator, error) {
	if leaf == nil || !bindable(leaf) {
		return gssapi.NewSSPIClient()
	}
	return gssapi.NewSSPIClientWithChannelBinding(leaf)
}

// bindable reports whether RFC 5929 says how the certificate is hashed: not for
// signatures without a hash function of their own, such as Ed25519.
func bindable(leaf *x509.Certificate) bool {
	return leaf.SignatureAlgorithm != x509.PureEd25519 && leaf.SignatureAlgorithm != x509.UnknownSignatureAlgorithm
}

// integratedAccount names the running account.
func integratedAccount(time.Time) string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "the running account"
}

// The troubles of SSPI (winerror.h, facility SSPI).
var sspiReasons = map[syscall.Errno]reason{
	0x80090303: reasonService, // SEC_E_TARGET_UNKNOWN
	0x80090322: reasonService, // SEC_E_WRONG_PRINCIPAL
	0x80090305: reasonTicket,  // SEC_E_SECPKG_NOT_FOUND
	0x8009030c: reasonRefused, // SEC_E_LOGON_DENIED
	0x8009030e: reasonTicket,  // SEC_E_NO_CREDENTIALS
	0x80090304: reasonTicket,  // SEC_E_INTERNAL_ERROR: the machine is in no domain
	0x80090302: reasonTicket,  // SEC_E_UNSUPPORTED_FUNCTION: the same
	0x80090311: reasonKDC,     // SEC_E_NO_AUTHENTICATING_AUTHORITY
	0x80090324: reasonClock,   // SEC_E_TIME_SKEW
}

func kerberosReason(err error) reason {
	if number, ok := errors.AsType[syscall.Errno](err); ok {
		if r, ok := sspiReasons[number]; ok {
			return r
		}
	}
	return reasonOther
}
