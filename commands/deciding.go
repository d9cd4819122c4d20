package commands

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"adsync/core/config"
	"adsync/core/fault"
)

// decidingKey is where the profile keeps the deciding configuration that a plan
// was made under, to say later what differs from it.
func decidingKey(digest string) string { return "deciding." + digest }

// keepDeciding remembers the deciding configuration of a plan.
func (s *session) keepDeciding(ctx context.Context, of string) error {
	c, err := s.configuration()
	if err != nil {
		return err
	}
	if digest(c.Deciding()) != of {
		return nil // changed while the plan was made: it is stale already
	}
	p, err := s.open()
	if err != nil {
		return err
	}
	return p.Set(ctx, decidingKey(of), json.RawMessage(c.Deciding()))
}

// sameConfiguration refuses a plan that was made under another deciding
// configuration, and says what is different.
func (s *session) sameConfiguration(ctx context.Context, p savedPlan, cfg config.Config) error {
	now := cfg.Deciding()
	if p.Doc.Inputs.Config == digest(now) {
		return nil
	}
	profile, err := s.open()
	if err != nil {
		return err
	}
	var before json.RawMessage
	known, err := profile.Get(ctx, decidingKey(p.Doc.Inputs.Config), &before)
	if err != nil {
		return err
	}
	var lines []string
	if known {
		lines = differences(before, now)
	}
	return fault.New("stale.config", "the configuration that decides is no longer the one of the plan",
		fault.Details(lines...), fault.Then(s.command("preview"), "make a plan under the configuration of now"))
}

// differences names the keys in which two configurations differ.
func differences(before, now []byte) []string {
	was, is := map[string]string{}, map[string]string{}
	values("", before, was)
	values("", now, is)
	keys := maps.Clone(was)
	maps.Copy(keys, is)
	var lines []string
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if was[key] != is[key] {
			lines = append(lines, fmt.Sprintf("%s was %s and is %s", key, orNothing(was[key]), orNothing(is[key])))
		}
	}
	return lines
}

func orNothing(v string) string {
	if v == "" {
		return "nothing"
	}
	return v
}

// values collects the values of an object by their dotted keys; lists are values.
func values(prefix string, data []byte, into map[string]string) {
	var object map[string]json.RawMessage
	if !bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) || json.Unmarshal(data, &object) != nil {
		into[prefix] = string(data)
		return
	}
	for name, v := range object {
		key := name
		if prefix != "" {
			key = prefix + "." + name
		}
		values(key, v, into)
	}
}
