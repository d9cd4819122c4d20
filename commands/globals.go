package commands

import (
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"adsync/core/fault"
	"adsync/core/text"
	"adsync/output"
)

// globals are the flags of every command.
type globals struct {
	Profile    string `placeholder:"NAME" help:"Profile to work with ($$ADSYNC_PROFILE; otherwise default)."`
	Home       string `placeholder:"DIR" help:"Folder that holds the profiles ($$ADSYNC_HOME)."`
	Output     string `placeholder:"FORMAT" enum:",table,json,jsonl,csv" default:"" help:"table, json, jsonl, or of lists csv. Without it a table on a terminal, json otherwise."`
	JSON       bool   `name:"json" help:"Short for --output json."`
	JQ         string `name:"jq" placeholder:"EXPR" sep:"none" help:"Filter the document with a jq expression; results are printed as JSON."`
	JQFile     string `name:"jq-file" placeholder:"FILE" help:"The same, with the expression in a file."`
	Log        string `placeholder:"FILE" help:"Write the log to this file too."`
	Verbose    bool   `help:"Write the log to stderr too."`
	NoProgress bool   `help:"Show no progress."`
	NoInput    bool   `help:"Never ask."`
	Yes        bool   `help:"Answer questions with yes."`
	Scheduled  bool   `hidden:"" help:"Run as the scheduled task does."`
}

// profile returns the name of the profile.
func (g globals) profile(env Env) string {
	return first(g.Profile, env.Getenv("ADSYNC_PROFILE"), "default")
}

// home returns the folder of all profiles.
func (g globals) home(env Env) (string, error) {
	if h := first(g.Home, env.Getenv("ADSYNC_HOME")); h != "" {
		return filepath.Abs(h)
	}
	if runtime.GOOS == "windows" {
		return filepath.Join(first(env.Getenv("ProgramData"), `C:\ProgramData`), "adsync"), nil
	}
	if state := env.Getenv("XDG_STATE_HOME"); state != "" {
		return filepath.Join(state, "adsync"), nil
	}
	if home := env.Getenv("HOME"); home != "" {
		return filepath.Join(home, ".local", "state", "adsync"), nil
	}
	return "", fault.New("config.home", "neither ADSYNC_HOME, XDG_STATE_HOME nor HOME is set",
		fault.Hint("name the folder of the profiles with --home DIR"))
}

// options returns how to write documents, with the filter compiled, so that a
// wrong expression is found before the step begins.
func (g globals) options(env Env, selected *kong.Context) (output.Options, error) {
	o := output.Options{Format: output.JSON, Terminal: env.OutTerminal, Zone: time.Local}
	switch {
	case g.JSON && g.Output != "" && g.Output != string(output.JSON):
		return o, fault.New("usage.output", "--json and --output "+g.Output+" were both given")
	case g.Output != "":
		o.Format = output.Format(g.Output)
	case env.OutTerminal && !g.JSON:
		o.Format = output.Table
	}
	path := commandPath(selected.Selected())
	if o.Format == output.CSV && !steps[path].list {
		return o, fault.New("usage.output", path+" prints no list, so it has no CSV",
			fault.Hint("use --output json, jsonl or table"))
	}
	expr := g.JQ
	if g.JQFile != "" {
		if expr != "" {
			return o, fault.New("usage.jq", "--jq and --jq-file were both given")
		}
		read, err := readText(g.JQFile)
		if err != nil {
			return o, fault.New("usage.jq", "the expression cannot be read", fault.Cause(err))
		}
		expr = read
	}
	if expr == "" && g.JQFile == "" {
		return o, nil
	}
	f, err := output.NewFilter(expr)
	if err != nil {
		return o, fault.New("usage.jq", err.Error(),
			fault.Hint("Windows PowerShell takes double quotes out of arguments: put the expression in a file and use --jq-file FILE"))
	}
	o.Filter, o.Patience = f, filterPatience
	return o, nil
}

// filterPatience is how long an expression may take: one that never ends would
// hold the profile's lock with it.
const filterPatience = time.Minute

// earlyOptions says how an error is printed that is met before the command line
// is understood.
func earlyOptions(args []string, env Env) output.Options {
	o := output.Options{Format: output.JSON, Terminal: env.OutTerminal, Zone: time.Local}
	if env.OutTerminal {
		o.Format = output.Table
	}
	for i, a := range args {
		value, joined := strings.CutPrefix(a, "--output=")
		switch {
		case a == "--":
			return o
		case a == "--json":
			o.Format = output.JSON
		case a == "--output" && i+1 < len(args):
			value, joined = args[i+1], true
		}
		if joined && (value == "table" || value == "json" || value == "jsonl") {
			o.Format = output.Format(value)
		}
	}
	return o
}

// maxText bounds what is read from a file or from stdin.
const maxText = 16 << 20

// readText reads a file that PowerShell may have written: with a BOM, as UTF-16,
// with CRLF.
func readText(path string) (string, error) {
	f, err := os.Open(path) //nolint:gosec // a file that the user names, read with the user's own rights
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	return decodeText(f)
}

// decodeText reads text the same way from anywhere.
func decodeText(r io.Reader) (string, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxText))
	if err != nil {
		return "", err
	}
	decoded, _, err := text.Decode(data)
	if err != nil {
		return "", err
	}
	return strings.ReplaceAll(decoded, "\r\n", "\n"), nil
}

// first returns the first text that is not empty.
func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
