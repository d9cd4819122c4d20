package sandbox

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"adsync/core/fault"
	"adsync/core/sandbox/forest"
)

// listen starts everything, on the ports of the last start where they are free.
func (s *site) listen(ctx context.Context) error {
	var err error
	was := s.before
	s.ldap, err = s.forest.Listen(ctx, forest.Ports{LDAPS: was.Directory.Port, LDAP: was.Directory.PlainPort})
	if err != nil {
		return fault.New("sandbox.listen", "the sandbox's directory", fault.Cause(err))
	}
	s.info.Directory.Port, s.info.Directory.PlainPort = portOf(s.ldap.LDAPS), portOf(s.ldap.LDAP)
	watched := s.watch(s.tenant)
	sites := []struct {
		handler http.Handler
		was     string
		url     *string
		on      net.Listener
	}{
		{handler: watched, was: was.Central.GlobalURL, url: &s.info.Central.GlobalURL},
		{handler: watched, was: was.Central.RegionURL, url: &s.info.Central.RegionURL},
		{handler: s.control(), was: was.Control, url: &s.info.Control},
	}
	// Nothing answers before all addresses are known: each names the others.
	for i := range sites {
		w := &sites[i]
		if w.on, err = listen(ctx, w.was); err != nil {
			for _, opened := range sites[:i] {
				err = errors.Join(err, opened.on.Close())
			}
			return fault.New("sandbox.listen", "the simulated Sophos Central", fault.Cause(err))
		}
		*w.url = "https://" + w.on.Addr().String()
	}
	s.info.Central.IdentityURL = s.info.Central.GlobalURL
	for _, w := range sites {
		s.start(tls.NewListener(w.on, &tls.Config{
			Certificates: []tls.Certificate{*s.cert}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"},
		}), w.handler)
	}
	return nil
}

func listen(ctx context.Context, was string) (net.Listener, error) {
	var c net.ListenConfig
	if u, err := url.Parse(was); err == nil && u.Port() != "" {
		if l, err := c.Listen(ctx, "tcp", net.JoinHostPort(host, u.Port())); err == nil {
			return l, nil
		}
	}
	l, err := c.Listen(ctx, "tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return nil, fmt.Errorf("listening: %w", err)
	}
	return l, nil
}

func portOf(address string) int {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return 0
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return 0
	}
	return n
}

func (s *site) start(l net.Listener, h http.Handler) {
	const patience = 10 * time.Second
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: patience,
		ErrorLog: slog.NewLogLogger(s.o.Log.Handler(), slog.LevelDebug),
	}
	s.servers = append(s.servers, server)
	go func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.o.Log.Error("a server of the sandbox ended", "error", err)
			s.stop()
		}
	}()
}
