package directory_test

import (
	"testing"
	"time"

	"adsync/core/directory"
	"adsync/core/directory/adtest"
	"adsync/core/directory/dirtest"
)

func options(c *adtest.Controller, user string) directory.Options {
	return directory.Options{
		Servers: []string{c.IP}, Security: directory.SecurityLDAPS, Bind: "simple", User: user,
		Password: func() string { return adtest.Password }, CAFile: c.CAFile, Timeout: 30 * time.Second, Now: time.Now,
	}
}

// TestSamba reads a real domain controller that holds a thousand people.
func TestSamba(t *testing.T) {
	c := adtest.Start(t, adtest.Options{Users: 1000, Groups: 100})
	_, plain := c.Account(t, "svc-plain", nil)
	t.Run("Cases", func(t *testing.T) {
		dirtest.Run(t, dirtest.Target{
			Domain: c.Domain, NetBIOS: "CORP", Base: c.Base,
			Options: options(c, c.Admin), Plain: options(c, plain), Change: c,
		})
	})
}
