package forest

import (
	"fmt"
	"strings"
	"time"
)

// outside makes contractors, leavers, mailboxes, contacts, programs and what
// else is no employee.
func (c *crew) outside() {
	d := department{name: "Contractors", title: "Contractor", town: "Berlin"}
	past := time.Date(2024, 6, 30, 22, 0, 0, 0, time.UTC)
	future := time.Date(2099, 12, 31, 23, 0, 0, 0, time.UTC)
	for i, name := range []string{"Aidan Burke", "Beatriz Pinto", "Cem Aydin", "Dora Szabo", "Emil Hansen", "Freya Dahl"} {
		given, family := splitName(name)
		n := c.hire(c.named["contractors"], person{cn: name, given: given, family: family, mail: "company", department: d, control: uacNormal})
		n.set("accountexpires", fileTime([]time.Time{past, future}[i%2]))
	}
	gone := department{name: "Leavers", town: "Zürich"}
	for _, name := range []string{
		"Gerd Altmann", "Hanna Berg", "Igor Sokolov", "Jana Černá", "Karl Dietz", "Lina Engel", "Max Falk", "Nele Graf",
	} {
		given, family := splitName(name)
		c.hire(c.named["leavers"], person{cn: name, given: given, family: family, mail: "company", department: gone, control: uacNormal | uacDisabled})
	}
	for _, m := range []struct{ name, account, kind string }{
		{"Info Desk", "info", "4"},
		{"Invoices", "invoices", "4"},
		{"Room Matterhorn", "room.matterhorn", "16"},
		{"Room Spree", "room.spree", "16"},
		{"Projector 1", "projector1", "32"},
	} {
		n := c.account(c.named["mailboxes"], "user", m.name, m.account, 0, uacNormal|uacDisabled)
		c.fill(n, values{
			"displayName": one(m.name), "mail": one(m.account + "@" + Domain), "mailNickname": one(m.account),
			"proxyAddresses": one("SMTP:" + m.account + "@" + Domain), "msExchRecipientTypeDetails": one(m.kind),
		})
	}
	exchange := c.container(c.container(c.root, "Microsoft Exchange System Objects"), "Monitoring Mailboxes")
	for i, kind := range []string{"549755813888", "549755813888", "8388608"} {
		name := fmt.Sprintf("HealthMailbox%032x", 0x3f6c1a+i)
		if i == 2 {
			name = "SystemMailbox{1f05a927-3be2-4fb9-aa03-b59fe3b56f4c}"
		}
		n := c.account(exchange, "user", name, fmt.Sprintf("SM_%d", 417700+i), 0, uacNormal)
		c.fill(n, values{"displayName": one(name), "mail": one(name + "@" + Domain), "msExchRecipientTypeDetails": one(kind)})
	}
	for i := range 12 {
		name := fmt.Sprintf("Partner %d", i+1)
		c.put(c.named["contacts"], "contact", "CN", name, values{
			"displayName": one(name), "mail": one(fmt.Sprintf("partner%d@partner.example", i+1)),
		})
	}
	for _, s := range []string{Reader, PlainReader, "svc-backup", "svc-print"} {
		n := c.account(c.named["services"], "user", s, s, 0, uacNormal|uacNeverExpires)
		n.set("description", "Account of a program")
		n.readDeleted = s == Reader
	}
}

// machines makes computers, a group managed service account and a trust.
func (c *crew) machines() {
	for i := range 30 {
		name := fmt.Sprintf("LT-%04d", 1200+i)
		n := c.account(c.named["devices"], "computer", name, name+"$", 0, uacWorkstation)
		c.fill(n, values{
			"dNSHostName": one(strings.ToLower(name) + "." + Domain), "operatingSystem": one("Windows 11 Enterprise"),
			"operatingSystemVersion": one("10.0 (22631)"),
		})
	}
	sql := c.account(c.named["managed service accounts"], "msDS-GroupManagedServiceAccount", "svc-sql", "svc-sql$", 0, uacWorkstation)
	sql.set("dnshostname", "svc-sql."+Domain)
	trust := c.account(c.named["users"], "user", "PARTNER$", "PARTNER$", 0, 0x20|uacTrust)
	trust.password = ""
	c.put(c.named["system"], "trustedDomain", "CN", "partner.example", values{
		"flatName": one("PARTNER"), "trustPartner": one("partner.example"), "trustDirection": one("3"),
		"trustType": one("2"), "trustAttributes": one("8"), "securityIdentifier": one(sid(21, 1, 2, 3)),
	})
}
