package commands

import (
	"bytes"
	"context"
	"encoding/json"
	"runtime"
	"slices"
	"strings"

	"adsync/core/attribute"
	"adsync/core/config"
	"adsync/core/directory"
	"adsync/core/fault"
	"adsync/core/secret"
	"adsync/core/text"
	"adsync/output"
)

// edit changes config.json in one step: the file as it would be is checked as a
// whole before a byte is written.
func (s *session) edit(ctx context.Context, key string, change func([]byte) ([]byte, []string, error)) error {
	p, err := s.open()
	if err != nil {
		return err
	}
	data, err := p.ReadConfig()
	if err != nil {
		return err
	}
	before, err := config.Read(data, runtime.GOOS)
	if err != nil {
		return err
	}
	changed, notes, err := change(data)
	if err != nil {
		return err
	}
	after, err := config.Parse(changed, runtime.GOOS)
	if err != nil {
		return err
	}
	normal, err := checkRules(after)
	if err != nil {
		return err
	}
	if len(normal) > 0 {
		if changed, err = normalise(changed, normal); err != nil {
			return err
		}
		if after, err = config.Parse(changed, runtime.GOOS); err != nil {
			return err
		}
		notes = append(notes, "filters were normalised")
	}
	if err := p.WriteConfig(changed); err != nil {
		return err
	}
	if note := devicesNote(before, after); note != "" {
		notes = append(notes, note)
	}
	d := editDocument{Format: 1, Key: key, Notes: append([]string{}, notes...), Next: []fault.Next{}}
	if d.Before, err = value(before, key); err != nil {
		return err
	}
	if d.Value, err = value(after, key); err != nil {
		return err
	}
	if before.Central != after.Central || before.Proxy != after.Proxy {
		d.Next = append(d.Next, s.next("the way to Sophos Central is another: try the API credential again", "central", "validate"))
	}
	if !guardedKey(key) && bindingFor(secret.Central, before).String() != bindingFor(secret.Central, after).String() {
		d.Next = append(d.Next, s.next("a stored secret stays with the hosts it was stored for", "credential", "set", "central"))
	}
	if bindingFor(secret.Directory, before).String() != bindingFor(secret.Directory, after).String() {
		d.Next = append(d.Next, s.next("try the directory", "directory", "validate"))
	}
	return s.print(ctx, output.Document{Type: "config", Value: d, Lists: []output.List{{Field: "next", Type: "next"}}})
}

// devicesNote says what it means that devices are synchronised from now on, or not
// any more.
func devicesNote(before, after config.Config) string {
	switch {
	case after.Scope.Devices.Sync == before.Scope.Devices.Sync:
		return ""
	case after.Scope.Devices.Sync:
		return "policies of Sophos Central are given to groups of devices: look at the next preview before it is approved"
	}
	return "groups of devices, the endpoints in them and their policies stay in Sophos Central as they are"
}

// value returns a key's value as JSON.
func value(c config.Config, key string) (json.RawMessage, error) {
	v, err := config.Get(c, key)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(b.Bytes()), nil
}

// checkRules refuses bases, filters and attribute expressions that could not be
// carried out, and returns the filters that are to be written another way.
func checkRules(c config.Config) (normal map[string]string, err error) {
	if _, err := attribute.Expressions(c.Attributes).Compile(); err != nil {
		return nil, err
	}
	normal = map[string]string{}
	for _, d := range c.Scope.Domains {
		for _, b := range slices.Concat(d.Users.Bases, d.Groups.Bases, d.Devices.Bases) {
			if err := directory.CheckBase(b.DN, d.Name); err != nil {
				return nil, err
			}
		}
		for _, filter := range []string{d.Users.Filter, d.Groups.Filter, d.Devices.Filter} {
			if strings.TrimSpace(filter) == "" {
				continue
			}
			n, err := directory.NormaliseFilter(filter)
			if err != nil {
				return nil, err
			}
			if n != filter {
				normal[filter] = n
			}
		}
	}
	return normal, nil
}

// normalise rewrites filters in scope.domains and leaves everything else of it
// as the file has it: defaults are not written out.
func normalise(data []byte, normal map[string]string) ([]byte, error) {
	decoded, _, err := text.Decode(data)
	if err != nil {
		return nil, err
	}
	var file struct {
		Scope struct {
			Domains []map[string]any `json:"domains"`
		} `json:"scope"`
	}
	if err := json.Unmarshal([]byte(decoded), &file); err != nil {
		return nil, err
	}
	for _, d := range file.Scope.Domains {
		for _, kind := range []string{"users", "groups", "devices"} {
			objects, ok := d[kind].(map[string]any)
			if !ok {
				continue
			}
			filter, ok := objects["filter"].(string)
			if n, found := normal[filter]; ok && found {
				objects["filter"] = n
			}
		}
	}
	domains, err := json.Marshal(file.Scope.Domains)
	if err != nil {
		return nil, err
	}
	changed, _, err := config.SetJSON(data, "scope.domains", domains)
	return changed, err
}
