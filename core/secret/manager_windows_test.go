package secret

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/danieljoos/wincred"

	"adsync/core/fault"
)

// These tests use the Credential Manager of the account that runs them, under a
// profile of their own.
const testProfile = "adsync-test"

func keeper(t *testing.T) Keeper {
	t.Helper()
	k, err := Open(testProfile, func(string) string { return "" }, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	empty := func() {
		for _, p := range Purposes {
			if err := k.Remove(p); err != nil && !fault.Is(err, "credential.missing") {
				t.Error(err)
			}
		}
	}
	empty()
	t.Cleanup(empty)
	return k
}

func TestManager(t *testing.T) {
	k := keeper(t)
	if _, err := k.Get(Central); !fault.Is(err, "credential.missing") {
		t.Fatalf("nothing stored: %v", err)
	}
	if err := k.Remove(Central); !fault.Is(err, "credential.missing") {
		t.Errorf("removing nothing: %v", err)
	}
	for _, value := range []string{"hunter2", "pässwörd", "中文", "\u4141", "\U0001F600", " \n", strings.Repeat("x", 1280)} {
		if err := k.Set(Secret{Central, "id", NewValue(value)}, nil); err != nil {
			t.Fatalf("%q: %v", value, err)
		}
		got, err := k.Get(Central)
		if err != nil || got.Value.Reveal() != value || got.User != "id" {
			t.Errorf("%q came back as %q, user %q, %v", value, got.Value.Reveal(), got.User, err)
		}
	}
	if err := k.Set(Secret{Directory, strings.Repeat("u", 512), NewValue("x")}, nil); err != nil {
		t.Errorf("a long user name: %v", err)
	}
	entries, err := k.List()
	if err != nil || len(entries) != 2 {
		t.Fatalf("entries %+v, %v", entries, err)
	}
	e := entries[0]
	if e.Purpose != Central || e.User != "id" || e.Store != StoreCredentialManager || e.Where != "adsync/adsync-test/central" || e.Account == "" {
		t.Errorf("entry %+v", e)
	}
	if e.StoredAt == nil || time.Since(*e.StoredAt).Abs() > time.Hour {
		t.Errorf("storedAt %v", e.StoredAt)
	}
}

func TestManagerStoresWhatCmdkeyReads(t *testing.T) {
	k := keeper(t)
	if err := k.Set(Secret{Proxy, `CORP\proxy`, NewValue("aä")}, nil); err != nil {
		t.Fatal(err)
	}
	c, err := wincred.GetGenericCredential(target(testProfile, Proxy))
	if err != nil {
		t.Fatal(err)
	}
	if string(c.CredentialBlob) != "a\x00\xe4\x00" || c.UserName != `CORP\proxy` || c.Persist != wincred.PersistLocalMachine || len(c.Attributes) != 0 {
		t.Errorf("got %q %q persist %d attributes %v", c.CredentialBlob, c.UserName, c.Persist, c.Attributes)
	}
}

func TestManagerReadsWhatOthersWrite(t *testing.T) {
	k := keeper(t)
	c := wincred.NewGenericCredential(target(testProfile, SMTP))
	c.UserName, c.CredentialBlob = "ann", []byte("p\xc3\xa4ss")
	if err := c.Write(); err != nil {
		t.Fatal(err)
	}
	if got, err := k.Get(SMTP); err != nil || got.Value.Reveal() != "päss" || got.User != "ann" {
		t.Errorf("got %q, %v", got.Value.Reveal(), err)
	}
}

func TestManagerAnswers(t *testing.T) {
	m := manager{"default", Account{Name: `CORP\svc`}}
	for errno, code := range map[syscall.Errno]string{1168: "credential.missing", 1312: "credential.session", 5: "credential.unreadable"} {
		if err := m.failed(Central, "read", errno); fault.Code(err) != code || !strings.Contains(err.Error(), "central") && errno != 1312 {
			t.Errorf("%d: %v, want %s", errno, err, code)
		}
	}
}
