package directory

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"

	"adsync/core/directory/wire"
	"adsync/core/fault"

	"github.com/go-ldap/ldap/v3"
)

const hintUnreachable = "check directory.servers and directory.port, name resolution and the firewall"

// connectError tells apart why no secured connection came about.
func (c *controller) connectError(err error) error {
	if fault.Code(err) != "" {
		return err
	}
	where := c.address()
	if unknown, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return fault.New("directory.certificate.unknownAuthority",
			"the certificate of "+where+" is not signed by an authority that is trusted here",
			fault.Details(certificateLines(unknown.Cert, err)...), fault.Cause(err),
			fault.Hint("export the certificate of the issuing CA to a file and name it: config set directory.caFile FILE"))
	}
	if name, ok := errors.AsType[x509.HostnameError](err); ok {
		return fault.New("directory.certificate.name",
			fmt.Sprintf("the certificate of %s is not for that name but for %s", where, names(name.Certificate)),
			fault.Details(certificateLines(name.Certificate, err)...), fault.Cause(err),
			fault.Hint("use a name of the certificate in directory.servers"))
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		code, text, hint := certificateReason(invalid, c.o.Now())
		return fault.New(code, "the certificate of "+where+" "+text,
			fault.Details(certificateLines(invalid.Cert, err)...), fault.Cause(err), fault.Hint(hint))
	}
	if v, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		var first *x509.Certificate
		if len(v.UnverifiedCertificates) > 0 {
			first = v.UnverifiedCertificates[0]
		}
		return fault.New("directory.certificate.invalid", "the certificate of "+where+" cannot be accepted",
			fault.Details(certificateLines(first, err)...), fault.Cause(err),
			fault.Hint("give the domain controller a certificate of today's rules: a key of 2048 bits or more, signed with SHA-256"))
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return fault.New("directory.unreachable", where+" does not speak TLS", fault.Cause(err),
			fault.Hint("LDAPS is usually port 636; on 389 use directory.security starttls"))
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, wire.ErrTimeout) {
		return fault.New("directory.unreachable", where+" does not answer in time", fault.Cause(err), fault.Hint(hintUnreachable))
	}
	return fault.New("directory.unreachable", where+" cannot be reached", fault.Cause(err), fault.Hint(hintUnreachable))
}

// operationError gives an error of a search a code and a sentence.
func (c *controller) operationError(what string, err error) error {
	if err == nil || fault.Code(err) != "" || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	code, text, hint := "directory.read.failed", "failed", "run the command again; its log shows each search"
	switch {
	case errors.Is(err, wire.ErrTimeout):
		code, text = "directory.timeout", fmt.Sprintf("was not answered by %s within %s", c.address(), c.o.Timeout)
		hint = "raise directory.timeoutSeconds, or narrow the search bases"
	case errors.Is(err, errCut):
		code, text = "directory.read.incomplete.cut", "ended before its last page came"
	case ldapCode(err, ldap.LDAPResultTimeLimitExceeded):
		code, text = "directory.read.incomplete.timeLimit", "hit the time limit of the domain controller"
		hint = "use an indexed attribute in the filter, or narrow the search bases"
	case ldapCode(err, ldap.LDAPResultSizeLimitExceeded):
		code, text = "directory.read.incomplete.sizeLimit", "hit the size limit of the domain controller"
		hint = "the controller does not page: ask for its LDAP policy MaxPageSize"
	case ldapCode(err, ldap.LDAPResultAdminLimitExceeded):
		code, text = "directory.read.incomplete.adminLimit", "hit an administrative limit of the domain controller"
	case ldapCode(err, ldap.LDAPResultReferral):
		code, text = "directory.read.incomplete.referral", "was referred to another server, and referrals are not followed"
		hint = "name a domain controller of that domain in directory.servers"
	case ldapCode(err, ldap.LDAPResultInsufficientAccessRights):
		code, text = "directory.rights", "was refused to the account "+c.o.User
		hint = "the account needs the right to read this part of the directory"
	case ldapCode(err, ldap.LDAPResultNoSuchObject):
		code, text = "directory.base.missing", "names an object that is not there"
	case ldapCode(err, ldap.LDAPResultBusy, ldap.LDAPResultUnavailable):
		code, text = "directory.busy", "was turned away, the domain controller is busy"
	case ldapCode(err, ldap.LDAPResultStrongAuthRequired):
		return strongAuth(err)
	case ldapCode(err, ldap.ErrorNetwork):
		code, text, hint = "directory.unreachable", "lost the connection to "+c.address(), hintUnreachable
	}
	return fault.New(code, what+" "+text, fault.Cause(err), fault.Hint(hint))
}

// strongAuth is the refusal of a simple bind that is not protected.
func strongAuth(err error) error {
	return fault.New("directory.strongAuthRequired", "the domain controller does not accept a password over this connection",
		fault.Cause(err), fault.Hint("use directory.security ldaps (port 636) or starttls"))
}

func ldapCode(err error, codes ...uint16) bool { return ldap.IsErrorAnyOf(err, codes...) }

// retryable reports whether another connection may do better. A timeout is not
// tried again: the server goes on with what it was asked.
func retryable(err error) bool {
	switch fault.Code(err) {
	case "directory.unreachable", "directory.busy", "directory.read.incomplete.cut":
		return true
	case "directory.read.failed":
		// Not a result code of the server: a reply that could not be read.
		e, ok := errors.AsType[*ldap.Error](err)
		return !ok || e.ResultCode >= ldap.ErrorNetwork && e.ResultCode != ldap.ErrorFilterCompile
	}
	return false
}
