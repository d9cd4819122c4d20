package wire_test

import (
	"bytes"
	"fmt"
	"net"
	"strings"
	"testing"

	"adsync/core/directory/wire"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// people are entries of every shape that a directory sends.
func people() []*ldap.Entry {
	attribute := func(name string, values ...string) *ldap.EntryAttribute { return ldap.NewEntryAttribute(name, values) }
	list := []*ldap.Entry{
		{DN: ""},
		{DN: "CN=no attributes", Attributes: []*ldap.EntryAttribute{}},
		{DN: "CN=names only", Attributes: []*ldap.EntryAttribute{attribute("cn"), attribute("member;range=0-1499"), attribute("")}},
		{DN: `CN=Lee\, Ann,OU=営業部,DC=corp`, Attributes: []*ldap.EntryAttribute{
			attribute("objectGUID", "\x00\x01\xff\xfe\x80"), attribute("displayName", "Ann Lee"), attribute("description", ""),
			attribute("memberOf", "CN=a,DC=corp", "CN=b,DC=corp", ""),
		}},
		{DN: strings.Repeat("x", 127), Attributes: []*ldap.EntryAttribute{attribute("a", strings.Repeat("y", 128), strings.Repeat("z", 70_000))}},
	}
	var members []string
	for i := range 400 {
		members = append(members, fmt.Sprintf("CN=u%d,DC=corp", i))
	}
	list = append(list, &ldap.Entry{DN: "CN=big", Attributes: []*ldap.EntryAttribute{attribute("member", members...)}})
	for i := range 200 {
		list = append(list, &ldap.Entry{DN: fmt.Sprintf("CN=u%d,DC=corp", i), Attributes: []*ldap.EntryAttribute{
			attribute("cn", fmt.Sprintf("u%d", i)), attribute("memberOf", members[:i%7]...),
		}})
	}
	return list
}

// TestSameAsReference: go-ldap and this package read the same from the same
// bytes, and ask for it with the same request.
func TestSameAsReference(t *testing.T) {
	want := people()
	var ops []*ber.Packet
	for _, e := range want {
		ops = append(ops, entry(e))
	}
	ops = append(ops, reference("ldap://a/DC=a", "ldap://b/DC=a"), done(0, ""))
	requests := make(chan *ber.Packet, 2)

	var got collect
	c := dial(t, func(p peer) { requests <- p.answer(ops...); p.request() })
	r := wire.Request{
		Base: "OU=Zoë,DC=corp", Scope: ldap.ScopeSingleLevel, Filter: `(&(cn=a\2ab*)(|(!(sn>=x))(mail=*))(memberOf:1.2.840:=CN=g))`,
		Attributes: []string{"cn", "member;range=0-*"},
	}
	if _, err := c.Search(t.Context(), r, got.reply()); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got.entries, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("entries differ from what was sent (-want +got):\n%s", d)
	}
	if d := cmp.Diff([][]string{{"ldap://a/DC=a", "ldap://b/DC=a"}}, got.references); d != "" {
		t.Error(d)
	}

	near, far := net.Pipe()
	theirs := ldap.NewConn(near, false)
	theirs.Start()
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		requests <- peer{Conn: far, t: t}.answer(ops...)
	}()
	reply, err := theirs.Search(ldap.NewSearchRequest(r.Base, r.Scope, ldap.NeverDerefAliases, 0, 0, false, r.Filter, r.Attributes, nil))
	if err != nil {
		t.Fatal(err)
	}
	<-finished
	_ = far.Close()
	_ = theirs.Close()
	if d := cmp.Diff(reply.Entries, got.entries); d != "" {
		t.Errorf("entries (-go-ldap +ours):\n%s", d)
	}
	ours, reference := (<-requests).Children[1].Bytes(), (<-requests).Children[1].Bytes()
	if !bytes.Equal(ours, reference) {
		t.Errorf("the request is\n%x, go-ldap's\n%x", ours, reference)
	}
}

// TestKept: an entry stays what it was while the next ones are read.
func TestKept(t *testing.T) {
	var ops []*ber.Packet
	for _, e := range people() {
		ops = append(ops, entry(e))
	}
	c := dial(t, func(p peer) { p.answer(append(ops, done(0, ""))...); p.request() })
	var kept collect
	var copies []string
	reply := kept.reply()
	reply.Entry = func(e *ldap.Entry) error {
		kept.entries, copies = append(kept.entries, e), append(copies, show(e))
		return nil
	}
	if _, err := c.Search(t.Context(), everything, reply); err != nil {
		t.Fatal(err)
	}
	for i, e := range kept.entries {
		if show(e) != copies[i] {
			t.Errorf("entry %d was %s and became %s", i, copies[i], show(e))
		}
	}
}

func show(e *ldap.Entry) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q", e.DN)
	for _, a := range e.Attributes {
		fmt.Fprintf(&b, " %q=%q/%q", a.Name, a.Values, a.ByteValues)
	}
	return b.String()
}
