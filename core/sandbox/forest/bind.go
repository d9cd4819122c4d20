package forest

import (
	"fmt"
	"strings"

	ber "github.com/go-asn1-ber/asn1-ber"
)

// Why a sign-in was refused, as the text of code 49 says it in hexadecimal.
const (
	refusedWrong      = "52e" // unknown account or wrong password
	refusedDisabled   = "533"
	refusedExpired    = "701"
	refusedMustChange = "773"
	refusedLocked     = "775"
)

func refused(reason string) result {
	return result{code: invalidCredentials, text: fmt.Sprintf("80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data %s, v1db1", reason)}
}

// bind answers a bind request. Whatever comes of it, who was signed in before
// is not any more.
func (c *conn) bind(m message) {
	f := c.server.forest
	c.who = nil
	c.pages.open = make(map[string]*paged)
	name, password, r := readBind(m.op)
	if r.code == success {
		fault := f.disturbed(m.ctx, Operation{Connection: c.number, Kind: "bind", Name: name})
		switch {
		case fault.Hang:
			return
		case fault.Close || fault.Truncate:
			_ = c.raw.Close()
			return
		case fault.Code != 0:
			r = result{code: int64(fault.Code), text: fault.Text}
		default:
			c.who, r = f.signIn(name, password, c.secure)
		}
	}
	c.log.Debug("bind", "name", name, "code", r.code)
	c.reply(m, r.packet(opBindResponse))
}

func readBind(op *ber.Packet) (name, password string, r result) {
	if len(op.Children) != 3 {
		return "", "", result{code: protocolError}
	}
	if version, ok := op.Children[0].Value.(int64); !ok || version != 3 {
		return "", "", result{code: protocolError, text: "00000057: LdapErr: DSID-0C0902E7, comment: the protocol version is not 3, data 0, v4563"}
	}
	name = text(op.Children[1])
	const simple = 0
	if op.Children[2].ClassType != ber.ClassContext || op.Children[2].Tag != simple {
		return name, "", result{code: authMethodNotSupported, text: "00002027: LdapErr: DSID-0C0905ED, comment: Invalid Authentication method, data 0, v4563"}
	}
	return name, text(op.Children[2]), r
}

func (f *Forest) signIn(name, password string, secure bool) (*node, result) {
	if password == "" {
		return nil, result{} // an anonymous bind, with or without a name
	}
	if !secure && !f.o.PlainBinds {
		return nil, result{code: strongerAuthRequired, text: `00002028: LdapErr: DSID-0C090259, comment: The server requires binds to turn on integrity checking if SSL\TLS are not already active on the connection, data 0, v4563`}
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	n := f.account(name)
	switch {
	case n == nil:
		return nil, refused(refusedWrong)
	case n.locked():
		return nil, refused(refusedLocked) // this one is told without the right password too
	case n.password == "" || n.password != password:
		return nil, refused(refusedWrong)
	case n.control()&uacDisabled != 0:
		return nil, refused(refusedDisabled)
	case n.expired(f.o.Now()):
		return nil, refused(refusedExpired)
	case n.first("pwdlastset") == "0":
		return nil, refused(refusedMustChange)
	}
	return n, result{}
}

// account finds an account by the name forms of a simple bind (MS-ADTS
// 5.1.1.1.1); nil where there is none, or several.
func (f *Forest) account(name string) *node {
	if dn, err := parseDN(name); err == nil && len(dn) > 0 {
		if n, _ := f.lookup(dn); n != nil {
			return n
		}
	}
	if n, special := f.special(name); special {
		return n
	}
	want := fold(name)
	tests := []func(*node) bool{
		func(n *node) bool { return fold(n.first("userprincipalname")) == want },
		func(n *node) bool {
			account := fold(n.first("samaccountname"))
			return want == account+"@"+fold(Domain) || want == account+"@"+fold(NetBIOS) ||
				want == fold(NetBIOS)+`\`+account || want == fold(Domain)+`\`+account
		},
		func(n *node) bool { return strings.Contains(name, "/") && fold(n.canonical()) == want },
		func(n *node) bool { return want == "{"+string(n.guid)+"}" || want == string(n.guid) },
		func(n *node) bool { return fold(n.first("displayname")) == want },
		func(n *node) bool { return want == fold(SIDText(n.first("objectsid"))) },
	}
	for _, is := range tests {
		var hit *node
		for _, n := range f.byGUID {
			if n.deleted || n.first("samaccountname") == "" || !is(n) {
				continue
			}
			if hit != nil {
				return nil
			}
			hit = n
		}
		if hit != nil {
			return hit
		}
	}
	return nil
}
