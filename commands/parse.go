package commands

import (
	"errors"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"adsync/core/fault"
)

const description = `Keeps the users and groups of Sophos Central equal to those of an Active Directory.
preview shows what would change, approve signs exactly that, apply carries it out.`

// exited ends parsing when Kong has printed its help: with an exit function
// that returns, Kong would run on into an error.
type exited int

// parse reads the command line. done is true where help was asked for and
// printed.
func parse(g *grammar, args []string, env Env) (selected *kong.Context, done bool, err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case exited:
			done = true
		default:
			panic(r)
		}
	}()
	k, err := kong.New(g,
		kong.Name("adsync"),
		kong.Description(description),
		kong.Writers(env.Stdout, env.Stderr),
		kong.Exit(func(code int) { panic(exited(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100, NoExpandSubcommands: true}),
	)
	if err != nil {
		return nil, false, err
	}
	selected, err = k.Parse(args)
	if err != nil {
		return nil, false, usage(err, args)
	}
	return selected, false, refuseEmpty(selected)
}

// refuseEmpty refuses arguments that were given and are empty. A script whose
// variable holds nothing would otherwise get the default: another profile,
// another plan, its own key. Where a text may be empty its command decides.
func refuseEmpty(selected *kong.Context) error {
	for _, p := range selected.Path {
		v := p.Positional
		var name string
		switch {
		case p.Flag != nil && p.Flag.Name != "comment":
			v, name = p.Flag.Value, "--"+p.Flag.Name
		case v != nil && v.Name != "value":
			name = "<" + v.Name + ">"
		default:
			continue
		}
		if !hasEmpty(v.Target) {
			continue
		}
		return fault.New("usage.argument.empty", name+" is empty",
			fault.Hint("leave it out, or say what is meant; a variable of the script may hold nothing"),
			fault.Then("adsync "+commandPath(selected.Selected())+" --help", "show the arguments"))
	}
	return nil
}

// hasEmpty reports whether an argument is an empty text or holds one.
func hasEmpty(v reflect.Value) bool {
	if v.Kind() != reflect.Slice {
		return v.Kind() == reflect.String && strings.TrimSpace(v.String()) == ""
	}
	for i := range v.Len() {
		if hasEmpty(v.Index(i)) {
			return true
		}
	}
	return v.Len() == 0 // what is split at commas has no piece then
}

// usage turns an error of Kong into one of ours.
func usage(err error, args []string) error {
	text := err.Error()
	help := "adsync --help"
	if p, ok := errors.AsType[*kong.ParseError](err); ok && p.Context != nil {
		if path := commandPath(p.Context.Selected()); path != "" {
			help = "adsync " + path + " --help"
		}
	}
	code, hint := "usage.value", ""
	switch {
	case strings.HasPrefix(text, "unexpected argument"):
		code = "usage.argument.unexpected"
		if strings.HasPrefix(help, "adsync credential set") {
			return fault.New(code, "credential set takes no secret on the command line",
				fault.Hint("pipe the secret to stdin, or leave it out and be asked"),
				fault.Then(help, "show the arguments"))
		}
		if slices.ContainsFunc(args, looksLikeDN) {
			hint = "put the DN in single quotes: 'OU=Staff,DC=corp,DC=example'"
		}
	case strings.HasPrefix(text, "unknown flag"):
		code = "usage.flag.unknown"
	case strings.HasPrefix(text, "missing flags"), strings.HasPrefix(text, "expected"):
		code = "usage.argument.missing"
	}
	return fault.New(code, text, fault.Hint(hint), fault.Then(help, "show the arguments"))
}

func looksLikeDN(arg string) bool {
	kind, _, found := strings.Cut(arg, "=")
	return found && slices.Contains([]string{"CN", "OU", "DC"}, strings.ToUpper(kind))
}

// commandPath returns the words of a command, without its arguments.
func commandPath(n *kong.Node) string {
	var words []string
	for ; n != nil; n = n.Parent {
		if n.Type == kong.CommandNode {
			words = append(words, n.Name)
		}
	}
	slices.Reverse(words)
	return strings.Join(words, " ")
}
