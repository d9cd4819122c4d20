package commands

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"runtime"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"adsync/core/config"
	"adsync/core/fault"
	"adsync/core/plan"
	"adsync/core/policy"
	"adsync/core/secret"
	"adsync/core/store"
	"adsync/output"
)

// session is one command line being carried out: what it was given, and what it
// has opened so far. Everything is opened on first use and once.
type session struct {
	env     Env
	globals globals
	out     output.Options
	log     *slog.Logger
	shows   *progress
	home    string
	name    string // of the profile
	step    step
	path    string // the command, for example "plan list"

	profile *store.Profile
	shared  *store.Shared
	secrets secret.Keeper
	me      *secret.Account
	began   bool          // a run record exists for this step
	locked  bool          // this process holds the profile's lock
	runs    []pastRun     // as read before this process began one
	unread  []string      // records of runs that cannot be read
	known   *policy.Known // what the last complete read showed, once it was asked for
	closing []func() error
}

func newSession(env Env, g globals, o output.Options) (*session, error) {
	home, err := g.home(env)
	if err != nil {
		return nil, err
	}
	s := &session{env: env, globals: g, out: o, home: home, name: g.profile(env), shows: progressFor(env, g, o)}
	if err := s.openLog(); err != nil {
		return nil, err
	}
	return s, nil
}

// close closes what was opened, last first.
func (s *session) close() {
	for _, done := range slices.Backward(s.closing) {
		if err := done(); err != nil {
			s.log.Warn("cannot close", "error", err.Error())
		}
	}
}

// run carries out the selected command behind its gate.
func (s *session) run(ctx context.Context, selected *kong.Context) error {
	node := selected.Selected()
	s.path = commandPath(node)
	s.step = steps[s.path]
	s.log.InfoContext(ctx, "step begins", "step", s.path)
	err := precheck(node)
	if err == nil {
		err = s.admit(ctx, node)
	}
	if err == nil {
		selected.BindTo(ctx, (*context.Context)(nil))
		err = selected.Run(s)
	}
	s.shows.clear()
	s.recordFailure(ctx, err)
	code := exitCode(err)
	if err != nil && fault.Code(err) != "" {
		s.log.ErrorContext(ctx, "step fails", "step", s.path, "exitCode", code, "code", fault.Code(err), "error", err.Error())
	}
	s.log.InfoContext(ctx, "step ends", "step", s.path, "exitCode", code)
	return err
}

// prechecked is implemented by commands whose arguments can be wrong in a way
// that the grammar does not see: bad usage comes before a shut gate.
type prechecked interface{ precheck() error }

func precheck(node *kong.Node) error {
	if c, ok := reflect.TypeAssert[prechecked](node.Target.Addr()); ok {
		return c.precheck()
	}
	return nil
}

// admit keeps a command out whose gate is shut while no credential is validated.
func (s *session) admit(ctx context.Context, node *kong.Node) error {
	shutNow := s.step.gate == shut
	if s.step.gate == depends {
		g, ok := reflect.TypeAssert[guarded](node.Target.Addr())
		shutNow = !ok || g.needsValidation()
	}
	if !shutNow {
		return nil
	}
	_, err := s.requireValidation(ctx)
	return err
}

// open returns the profile's folder.
func (s *session) open() (*store.Profile, error) {
	if s.profile != nil {
		return s.profile, nil
	}
	me, err := s.account()
	if err != nil {
		return nil, err
	}
	p, err := store.Open(s.home, s.name, store.Options{Now: s.env.Now, Account: me.Name, CheckOwner: true, ReadOnly: s.step.show})
	if err != nil {
		return nil, err
	}
	s.profile = p
	s.closing = append(s.closing, p.Close)
	return p, nil
}

// openShared returns what the profiles of a home share.
func (s *session) openShared() (*store.Shared, error) {
	if s.shared != nil {
		return s.shared, nil
	}
	shared, err := store.OpenShared(s.home, s.env.Now)
	if err != nil {
		return nil, err
	}
	s.shared = shared
	s.closing = append(s.closing, shared.Close)
	return shared, nil
}

// keeper returns the account's credential store.
func (s *session) keeper() (secret.Keeper, error) {
	if s.secrets != nil {
		return s.secrets, nil
	}
	k, err := secret.Open(s.name, s.env.Getenv, s.env.Now)
	if err != nil {
		return nil, err
	}
	s.secrets = k
	return k, nil
}

// account returns who runs the program.
func (s *session) account() (secret.Account, error) {
	if s.me != nil {
		return *s.me, nil
	}
	me, err := s.env.Account()
	if err != nil {
		return secret.Account{}, fmt.Errorf("find the account: %w", err)
	}
	s.me = &me
	return me, nil
}

// actor returns who runs the program, as documents name it.
func (s *session) actor() (plan.Actor, error) {
	me, err := s.account()
	return plan.Actor{Account: me.Name, SID: me.SID}, err
}

// configuration returns config.json with its defaults.
func (s *session) configuration() (config.Config, error) {
	data, err := s.configFile()
	if err != nil {
		return config.Config{}, err
	}
	return parseConfig(data)
}

// parseConfig reads the bytes of a config.json for this system.
func parseConfig(data []byte) (config.Config, error) { return config.Parse(data, runtime.GOOS) }

// configFile returns the bytes of config.json, nil where there is none.
func (s *session) configFile() ([]byte, error) {
	p, err := s.open()
	if err != nil {
		return nil, err
	}
	return p.ReadConfig()
}

// command returns a complete command line of this program for the profile and
// home of this session, in PowerShell quoting.
func (s *session) command(words ...string) string {
	line := []string{"adsync"}
	for _, w := range words {
		line = append(line, quoted(w))
	}
	return strings.Join(line, " ") + s.place()
}

// place is what a command line has to say of the profile and home.
func (s *session) place() string {
	flags := ""
	if s.name != "default" {
		flags += " --profile " + s.name
	}
	if s.globals.Home != "" {
		flags += " --home " + quoted(s.globals.Home)
	}
	return flags
}

// placed adds the profile and home to the commands that an error names without:
// core knows of neither. Bad usage that says nothing of what to do gets the help.
func (s *session) placed(err error) {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return
	}
	if fault.Is(f, "usage") && f.Hint == "" && len(f.Next) == 0 {
		f.Next = append(f.Next, fault.Next{Command: "adsync " + s.path + " --help", Why: "show the arguments"})
		return
	}
	for i, n := range f.Next {
		if strings.HasPrefix(n.Command, "adsync ") && !strings.HasSuffix(n.Command, s.place()) {
			f.Next[i].Command += s.place()
		}
	}
}

// quoted returns a word as PowerShell takes it literally: in single quotes where
// it has anything but plain characters, with each character doubled that
// PowerShell takes for a quote.
func quoted(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:\\=", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	var b strings.Builder
	b.WriteByte('\'')
	for _, r := range word {
		if r == '\'' || r >= '\u2018' && r <= '\u201b' {
			b.WriteRune(r)
		}
		b.WriteRune(r)
	}
	b.WriteByte('\'')
	return b.String()
}

// next is one command that leads on.
func (s *session) next(why string, words ...string) fault.Next {
	return fault.Next{Command: s.command(words...), Why: why}
}
