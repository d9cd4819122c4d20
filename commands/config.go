package commands

import (
	"context"
	"encoding/json"
	"path/filepath"
	"runtime"
	"strings"

	"adsync/core/config"
	"adsync/core/fault"
	"adsync/output"
)

type configShowCmd struct{}

func (configShowCmd) Help() string {
	return `Example:

    adsync config show --jq .limits.removals`
}

// Run prints the configuration as config.json would say it in full.
func (configShowCmd) Run(ctx context.Context, s *session) error {
	data, err := s.configFile()
	if err != nil {
		return err
	}
	c, err := config.Read(data, runtime.GOOS)
	if err != nil {
		return err
	}
	return s.print(ctx, output.Document{Type: "config", Value: c})
}

type configPathCmd struct{}

func (configPathCmd) Help() string {
	return `Example:

    adsync config path --jq .path`
}

type configPathDocument struct {
	Format int    `json:"format"`
	Path   string `json:"path"`
	Exists bool   `json:"exists"`
}

// Run prints where config.json is.
func (configPathCmd) Run(ctx context.Context, s *session) error {
	d, err := s.configPath()
	if err != nil {
		return err
	}
	return s.print(ctx, output.Document{Type: "config", Value: d})
}

func (s *session) configPath() (configPathDocument, error) {
	p, err := s.open()
	if err != nil {
		return configPathDocument{}, err
	}
	data, err := p.ReadConfig()
	return configPathDocument{Format: 1, Path: filepath.Join(p.Dir(), "config.json"), Exists: data != nil}, err
}

type configCheckCmd struct{}

func (configCheckCmd) Help() string {
	return `Example:

    adsync config check`
}

// Run checks everything that can be checked without asking anybody.
func (configCheckCmd) Run(ctx context.Context, s *session) error {
	where, err := s.configPath()
	if err != nil {
		return err
	}
	c, err := s.configuration()
	if err != nil {
		return err
	}
	if _, err := checkRules(c); err != nil {
		return err
	}
	d := struct {
		Format int          `json:"format"`
		Valid  bool         `json:"valid"`
		Path   string       `json:"path"`
		Exists bool         `json:"exists"`
		Next   []fault.Next `json:"next"`
	}{1, true, where.Path, where.Exists, []fault.Next{}}
	if !includesDomain(c) {
		d.Next = append(d.Next, s.next("no domain is included yet; this lists them", "directory", "domains"))
	}
	return s.print(ctx, output.Document{Type: "config", Value: d, Lists: []output.List{{Field: "next", Type: "next"}}})
}

type configSetCmd struct {
	Key    string   `arg:"" help:"Dotted key, for example proxy.url."`
	Values []string `arg:"" optional:"" sep:"none" name:"value" help:"The value; of a list each entry is a value of its own."`
	File   string   `placeholder:"FILE" help:"Read the value from a file: JSON where the key is a list or an object, otherwise text."`
}

func (configSetCmd) Help() string {
	return `Examples:

    adsync config set directory.servers dc1.corp.example dc2.corp.example

    adsync config set scope.domains --file domains.json

    adsync config set limits.removals.count -- 10`
}

func (c *configSetCmd) needsValidation() bool { return guardedKey(c.Key) }

func (c *configSetCmd) precheck() error {
	switch {
	case c.File != "" && len(c.Values) > 0:
		return fault.New("usage.config.value", "a value and --file were both given")
	case c.File == "" && len(c.Values) == 0:
		return fault.New("usage.config.value", "no value was given",
			fault.Hint("config unset takes a key out of the file"))
	}
	return knownKey(c.Key)
}

// knownKey refuses a key that config.json does not have.
func knownKey(key string) error {
	_, err := config.Get(config.Default(), key)
	return err
}

// guardedKey reports whether a key decides what is synchronised, or how: only
// the way to Sophos Central may be set before a credential is validated.
func guardedKey(key string) bool {
	section, _, _ := strings.Cut(key, ".")
	return section != "central" && section != "proxy" && section != "rate"
}

// Run sets a key.
func (c *configSetCmd) Run(ctx context.Context, s *session) error {
	if c.File == "" {
		return s.edit(ctx, c.Key, func(data []byte) ([]byte, []string, error) { return config.Set(data, c.Key, c.Values) })
	}
	content, err := readText(c.File)
	if err != nil {
		return fault.New("usage.config.file", "the file cannot be read", fault.Cause(err))
	}
	return s.edit(ctx, c.Key, func(data []byte) ([]byte, []string, error) {
		before, err := config.Get(config.Default(), c.Key)
		if err != nil {
			return nil, nil, err
		}
		if isText(before) {
			return config.Set(data, c.Key, []string{strings.TrimSuffix(content, "\n")})
		}
		return config.SetJSON(data, c.Key, []byte(content))
	})
}

// isText reports whether a key's value is a text.
func isText(v any) bool {
	_, ok := v.(string)
	return ok
}

type configAddCmd struct {
	Key    string   `arg:"" help:"Dotted key of a list."`
	Values []string `arg:"" sep:"none" name:"value" help:"Entries to add."`
}

func (configAddCmd) Help() string {
	return `Example:

    adsync config add exclude.users 'svc-*' 'test?'`
}

func (c *configAddCmd) needsValidation() bool { return guardedKey(c.Key) }

func (c *configAddCmd) precheck() error { return knownKey(c.Key) }

// Run adds entries to a list.
func (c *configAddCmd) Run(ctx context.Context, s *session) error {
	return s.edit(ctx, c.Key, func(data []byte) ([]byte, []string, error) { return config.Add(data, c.Key, c.Values) })
}

type configRemoveCmd struct {
	Key    string   `arg:"" help:"Dotted key of a list."`
	Values []string `arg:"" sep:"none" name:"value" help:"Entries to remove."`
}

func (configRemoveCmd) Help() string {
	return `Example:

    adsync config remove exclude.users 'svc-*'`
}

func (c *configRemoveCmd) needsValidation() bool { return guardedKey(c.Key) }

func (c *configRemoveCmd) precheck() error { return knownKey(c.Key) }

// Run removes entries from a list.
func (c *configRemoveCmd) Run(ctx context.Context, s *session) error {
	return s.edit(ctx, c.Key, func(data []byte) ([]byte, []string, error) { return config.Remove(data, c.Key, c.Values) })
}

type configUnsetCmd struct {
	Key string `arg:"" help:"Dotted key."`
}

func (configUnsetCmd) Help() string {
	return `Example:

    adsync config unset directory.port`
}

func (c *configUnsetCmd) needsValidation() bool { return guardedKey(c.Key) }

func (c *configUnsetCmd) precheck() error { return knownKey(c.Key) }

// Run takes a key out of the file.
func (c *configUnsetCmd) Run(ctx context.Context, s *session) error {
	return s.edit(ctx, c.Key, func(data []byte) ([]byte, []string, error) { return config.Unset(data, c.Key) })
}

// editDocument is what a change of the configuration prints.
type editDocument struct {
	Format int             `json:"format"`
	Key    string          `json:"key"`
	Before json.RawMessage `json:"before"`
	Value  json.RawMessage `json:"value"`
	Notes  []string        `json:"notes"`
	Next   []fault.Next    `json:"next"`
}
