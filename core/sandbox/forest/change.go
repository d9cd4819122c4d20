package forest

import (
	"fmt"
	"strconv"
	"strings"

	"adsync/core/fault"
	"adsync/core/identity"
)

// Change is one thing that was done to the directory.
type Change struct {
	Op   string        `json:"op"`
	GUID identity.GUID `json:"objectGuid"`
	Name string        `json:"name"`
	DN   string        `json:"dn"` // as it is afterwards
	Text string        `json:"text"`
}

func changed(op string, n *node, text string) Change {
	return Change{Op: op, GUID: n.guid, Name: n.label(), DN: n.dn(), Text: text}
}

// do runs a change alone.
func (f *Forest) do(change func() (Change, error)) (Change, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return change()
}

// AddPerson makes an enabled account. An empty account is made of the name, an
// empty ou is OU=Staff; without an address there is none.
func (f *Forest) AddPerson(name, account, mail, ou string) (Change, error) {
	return f.do(func() (Change, error) { return f.addPerson(name, account, mail, ou) })
}

func (f *Forest) addPerson(name, account, mail, ou string) (Change, error) {
	if ou == "" {
		ou = staff
	}
	parent, err := f.unit(ou)
	if err != nil {
		return Change{}, err
	}
	name = strings.TrimSpace(name)
	if err := f.free(parent, rdn{"CN", name}, nil); err != nil {
		return Change{}, err
	}
	given, family := splitName(name)
	if account == "" {
		account = f.freshAccount(accountName(given, family))
	}
	const limit = 20
	if len(account) > limit || strings.ContainsAny(account, `"/\[]:;|=,+*?<>@ `) {
		return Change{}, fault.New("usage.sandbox.account", fmt.Sprintf("%q cannot be an account name", account),
			fault.Hint("at most 20 characters, without spaces and special characters"))
	}
	if err := f.freeAccount(account); err != nil {
		return Change{}, err
	}
	b := &builder{Forest: f, at: f.o.Now()}
	n := b.account(parent, "user", name, account, 0, uacNormal)
	b.fill(n, values{"givenName": one(given), "sn": one(family), "displayName": one(name)})
	n.setMail(mail)
	if parent.class == "organizationalUnit" && parent.dn() != staff {
		n.set("department", parent.name.value)
	}
	return changed("add", n, fmt.Sprintf("%s was hired (account %s)", name, account)), nil
}

// freshAccount is wish, with a number where somebody has it.
func (f *Forest) freshAccount(wish string) string {
	if wish == "" {
		wish = "user" + strconv.FormatInt(f.rid+1, 10)
	}
	for name, i := wish, 2; ; i++ {
		if f.freeAccount(name) == nil {
			return name
		}
		number := strconv.Itoa(i)
		name = wish[:min(len(wish), 20-len(number))] + number
	}
}

func (n *node) setMail(address string) {
	old := n.first("mail")
	n.set("mail", address)
	var proxies []string
	for _, p := range n.values["proxyaddresses"] {
		if !strings.EqualFold(p, "SMTP:"+old) && !strings.EqualFold(p, "SMTP:"+address) {
			proxies = append(proxies, p)
		}
	}
	if address != "" {
		proxies = append([]string{"SMTP:" + address}, proxies...)
	}
	n.set("proxyaddresses", proxies...)
}

// Rename gives an object another name. Of a person given and family name change
// with it; account and address stay, as they do when an administrator renames
// somebody.
func (f *Forest) Rename(who, name string) (Change, error) {
	return f.do(func() (Change, error) { return f.rename(who, name) })
}

func (f *Forest) rename(who, name string) (Change, error) {
	n, err := f.find(who)
	if err != nil {
		return Change{}, err
	}
	name = strings.TrimSpace(name)
	to := rdn{n.name.attr, name}
	if err := f.free(n.parent, to, n); err != nil {
		return Change{}, err
	}
	before := n.label()
	parent := n.parent
	n.detach()
	n.name = to
	n.attach(parent)
	if n.first("displayname") != "" {
		n.set("displayname", name)
	}
	if n.first("sn") != "" || n.first("givenname") != "" {
		given, family := splitName(name)
		n.set("givenname", given)
		n.set("sn", family)
	}
	f.stamp(n, f.o.Now())
	return changed("rename", n, fmt.Sprintf("%s is called %s now", before, name)), nil
}

// Move puts an object under another one.
func (f *Forest) Move(who, dn string) (Change, error) {
	return f.do(func() (Change, error) { return f.move(who, dn) })
}

func (f *Forest) move(who, dn string) (Change, error) {
	n, err := f.find(who)
	if err != nil {
		return Change{}, err
	}
	return f.moveNode("move", n, dn)
}

func (f *Forest) moveNode(op string, n *node, dn string) (Change, error) {
	parent, err := f.unit(dn)
	if err != nil {
		return Change{}, err
	}
	switch {
	case parent.below(n):
		return Change{}, fault.New("usage.sandbox.dn", fmt.Sprintf("%s cannot be put below itself", n.dn()))
	case n.critical():
		return Change{}, refusedCritical(n)
	}
	if err := f.free(parent, n.name, n); err != nil {
		return Change{}, err
	}
	before := n.parent.name.value
	n.detach()
	n.attach(parent)
	f.stamp(n, f.o.Now())
	return changed(op, n, fmt.Sprintf("%s was moved from %s to %s", n.label(), before, parent.name.value)), nil
}

func refusedCritical(n *node) error {
	return fault.New("usage.sandbox.critical", fmt.Sprintf("%s belongs to the system and stays as it is", n.dn()))
}

// Disable takes the right to sign in from an account.
func (f *Forest) Disable(who string) (Change, error) {
	return f.do(func() (Change, error) { return f.enable("disable", who, false) })
}

// Enable gives it back.
func (f *Forest) Enable(who string) (Change, error) {
	return f.do(func() (Change, error) { return f.enable("enable", who, true) })
}

func (f *Forest) enable(op, who string, on bool) (Change, error) {
	n, err := f.find(who)
	if err != nil {
		return Change{}, err
	}
	if n.first("useraccountcontrol") == "" {
		return Change{}, fault.New("usage.sandbox.who", fmt.Sprintf("%s is no account", n.dn()))
	}
	control := n.control() | uacDisabled
	if on {
		control = n.control() &^ uacDisabled
	}
	if control == n.control() {
		return changed(op, n, fmt.Sprintf("%s was %sd already", n.label(), op)), nil
	}
	n.set("useraccountcontrol", strconv.FormatInt(control, 10))
	f.stamp(n, f.o.Now())
	return changed(op, n, fmt.Sprintf("%s was %sd", n.label(), op)), nil
}

// Delete makes a deleted object of a person, a group or anything else.
func (f *Forest) Delete(who string) (Change, error) {
	return f.do(func() (Change, error) { return f.delete(who) })
}

func (f *Forest) delete(who string) (Change, error) {
	n, err := f.find(who)
	if err != nil {
		return Change{}, err
	}
	if c := n.holdsCritical(); c != nil {
		return Change{}, refusedCritical(c)
	}
	name := n.label()
	f.bury(n, f.o.Now())
	c := changed("delete", n, name+" was deleted")
	c.Name = name
	return c, nil
}

// Mail gives an address, or takes it with "".
func (f *Forest) Mail(who, address string) (Change, error) {
	return f.do(func() (Change, error) { return f.mail(who, address) })
}

func (f *Forest) mail(who, address string) (Change, error) {
	n, err := f.find(who)
	if err != nil {
		return Change{}, err
	}
	n.setMail(address)
	f.stamp(n, f.o.Now())
	if address == "" {
		return changed("mail", n, n.label()+" has no address any more"), nil
	}
	return changed("mail", n, fmt.Sprintf("%s has the address %s", n.label(), address)), nil
}
