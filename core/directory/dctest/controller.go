package dctest

import (
	"context"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"adsync/core/directory"
)

// Script changes the honest answer to a request. It is called for one request of
// a controller after the other.
type Script func(*Request, *Answer)

// Controller is one domain controller of a World, listening on loopback.
type Controller struct {
	Host string
	Port int

	world    *World
	persona  Script // who the controller is, before any script
	listener net.Listener
	ctx      context.Context // ends with the test
	wg       sync.WaitGroup

	mu          sync.Mutex
	script      Script
	sockets     map[net.Conn]bool
	connections int
	requests    []Request
	pages       int
}

// Controller starts a controller. The test ends it.
func (w *World) Controller(tb testing.TB, change ...func(*Controller)) *Controller {
	tb.Helper()
	c := &Controller{Host: "127.0.0.1", world: w, sockets: map[net.Conn]bool{}}
	for _, f := range change {
		f(c)
	}
	var err error
	c.listener, err = (&net.ListenConfig{}).Listen(tb.Context(), "tcp", net.JoinHostPort(c.Host, strconv.Itoa(c.Port)))
	if err != nil {
		tb.Fatal(err)
	}
	if address, ok := c.listener.Addr().(*net.TCPAddr); ok {
		c.Port = address.Port
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(tb.Context()))
	c.ctx = ctx
	c.wg.Go(c.accept)
	tb.Cleanup(func() {
		cancel()
		c.Stop()
	})
	return c
}

// At makes a controller listen on another loopback address, and on a port.
func At(host string, port int) func(*Controller) {
	return func(c *Controller) { c.Host, c.Port = host, port }
}

// Named makes a controller another one than the forest's own: its name and its
// database differ, and of its answers what the script makes of them.
func Named(name, invocation string, script Script) func(*Controller) {
	return func(c *Controller) {
		c.persona = func(r *Request, a *Answer) {
			for i, e := range a.Entries {
				if r.Root() && e.Value("dnsHostName") != "" {
					a.Entries[i] = e.With("dnsHostName", name)
				}
				if e.Value("invocationId") != "" {
					a.Entries[i] = e.With("invocationId", invocation)
				}
			}
			if script != nil {
				script(r, a)
			}
		}
	}
}

// Play begins a script; nil is honesty. What was counted is forgotten.
func (c *Controller) Play(s Script) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.script, c.requests, c.connections = s, nil, 0
}

// Asked lists what was asked so far.
func (c *Controller) Asked() []Request {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Request(nil), c.requests...)
}

// Stop ends all connections and accepts no further one.
func (c *Controller) Stop() {
	_ = c.listener.Close()
	c.mu.Lock()
	for s := range c.sockets {
		_ = s.Close()
	}
	c.mu.Unlock()
	c.wg.Wait()
}

// Options log on to the controller.
func (c *Controller) Options() directory.Options {
	return directory.Options{
		Servers: []string{c.Host}, Port: c.Port, Security: directory.SecurityNone, Bind: "simple",
		User: account, Password: func() string { return Password },
		Timeout: 10 * time.Second, PageSize: 20, Now: time.Now,
	}
}

func (c *Controller) accept() {
	for {
		socket, err := c.listener.Accept()
		if err != nil {
			return
		}
		c.mu.Lock()
		ended := c.ctx.Err() != nil
		c.sockets[socket] = true
		c.connections++
		k := &conn{c: c, socket: socket, number: c.connections, open: map[string]position{}}
		c.mu.Unlock()
		if ended {
			_ = socket.Close()
			return
		}
		c.wg.Go(func() {
			k.run()
			_ = socket.Close()
			c.mu.Lock()
			delete(c.sockets, socket)
			c.mu.Unlock()
		})
	}
}

// spoil counts a request and lets the script have its answer.
func (c *Controller) spoil(r *Request, a *Answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r.Number = len(c.requests) + 1
	c.requests = append(c.requests, *r)
	if c.persona != nil {
		c.persona(r, a)
	}
	if c.script != nil {
		c.script(r, a)
	}
}

// cookie makes one that no other search has.
func (c *Controller) cookie() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pages++
	return "page" + strings.Repeat("\x00", 4) + strconv.Itoa(c.pages)
}
