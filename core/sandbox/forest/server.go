package forest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
)

// Server is a forest that is listening.
type Server struct {
	// LDAPS and LDAP are the addresses, "127.0.0.1:port"; LDAPS is "" without
	// a certificate.
	LDAPS, LDAP string

	forest    *Forest
	ctx       context.Context // ends with Close
	cancel    context.CancelFunc
	listeners []net.Listener
	wg        sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]bool
	last  int // number of the newest connection
}

// Ports asks for particular ports; 0 is one of the system's choosing.
type Ports struct{ LDAPS, LDAP int }

// Listen begins to answer on loopback. A port asked for that is taken is
// replaced by another.
func (f *Forest) Listen(ctx context.Context, want Ports) (*Server, error) {
	s := &Server{forest: f, conns: make(map[net.Conn]bool)}
	s.ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	plain, err := listen(ctx, want.LDAP)
	if err != nil {
		return nil, err
	}
	s.LDAP = plain.Addr().String()
	s.serve(plain, false)
	if f.o.Certificate != nil {
		secure, err := listen(ctx, want.LDAPS)
		if err != nil {
			return nil, errors.Join(err, s.Close())
		}
		s.LDAPS = secure.Addr().String()
		s.serve(secure, true)
	}
	return s, nil
}

func listen(ctx context.Context, port int) (net.Listener, error) {
	var c net.ListenConfig
	l, err := c.Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil && port != 0 {
		l, err = c.Listen(ctx, "tcp", "127.0.0.1:0")
	}
	if err != nil {
		return nil, fmt.Errorf("listening for LDAP: %w", err)
	}
	return l, nil
}

// Close ends all connections and returns when the last has ended.
func (s *Server) Close() error {
	s.cancel()
	var errs []error
	for _, l := range s.listeners {
		errs = append(errs, l.Close())
	}
	s.mu.Lock()
	for c := range s.conns {
		_ = c.Close()
	}
	s.mu.Unlock()
	s.wg.Wait()
	return errors.Join(errs...)
}

func (s *Server) serve(l net.Listener, secure bool) {
	s.listeners = append(s.listeners, l)
	s.wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return // the listener was closed
			}
			number, ok := s.admit(c)
			if !ok {
				_ = c.Close()
				return
			}
			s.wg.Go(func() {
				defer s.dismiss(c)
				newConn(s, c, number, secure).run()
			})
		}
	})
}

func (s *Server) admit(c net.Conn) (int, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx.Err() != nil {
		return 0, false
	}
	s.conns[c] = true
	s.last++
	return s.last, true
}

func (s *Server) dismiss(c net.Conn) {
	_ = c.Close()
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
}

func (f *Forest) tls() *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{*f.o.Certificate}, MinVersion: tls.VersionTLS12}
}
