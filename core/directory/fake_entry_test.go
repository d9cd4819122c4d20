package directory_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"maps"

	"github.com/go-ldap/ldap/v3"
)

// user is an account that the fake may return.
func user(n int) *ldap.Entry {
	name := fmt.Sprintf("u%04d", n)
	return ldap.NewEntry("CN="+name+",OU=Staff,"+fakeBase, map[string][]string{
		"objectGUID": {guidBytes(1, n)}, "sAMAccountName": {name}, "cn": {name}, "userAccountControl": {"512"},
		"objectSid": {sidBytes(1000 + n)}, "primaryGroupID": {"513"},
	})
}

// group is the one group of the fake.
func group(attributes map[string][]string) *ldap.Entry {
	const name = "g0001"
	all := map[string][]string{"objectGUID": {guidBytes(2, 1)}, "sAMAccountName": {name}, "cn": {name}, "groupType": {"-2147483646"}, "objectSid": {sidBytes(513)}}
	maps.Copy(all, attributes)
	return ldap.NewEntry("CN="+name+","+fakeBase, all)
}

func guidBytes(kind byte, n int) string {
	b := make([]byte, 16)
	b[0], b[1], b[15] = byte(n), byte(n>>8), kind
	return string(b)
}

// sidBytes is the SID of an account of the fake's domain.
func sidBytes(rid int) string {
	const domain = "\x01\x05\x00\x00\x00\x00\x00\x05\x15\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03\x00\x00\x00"
	return domain + string([]byte{byte(rid), byte(rid >> 8), 0, 0})
}

func many(n int) []*ldap.Entry {
	list := make([]*ldap.Entry, n)
	for i := range list {
		list[i] = user(i)
	}
	return list
}

func logTo(b *bytes.Buffer) *slog.Logger {
	return slog.New(slog.NewTextHandler(b, &slog.HandlerOptions{Level: slog.LevelDebug}))
}
