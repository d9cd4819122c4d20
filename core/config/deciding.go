package config

import (
	"bytes"
	"encoding/json"

	"adsync/core/plan"
)

// Deciding returns the configuration that decides what a plan holds, as
// canonical JSON: sorted keys, no blanks, defaults filled in, so that a default
// written out changes nothing. Everything else may change without a person's
// approval.
func (c Config) Deciding() []byte {
	type central struct {
		Tenant string `json:"tenant"`
	}
	type directory struct {
		Servers []string `json:"servers"`
	}
	// Fields in the order of their keys; the types below are sorted by the
	// second encoding.
	deciding := struct {
		Approval   Approval    `json:"approval"`
		Attributes Attributes  `json:"attributes"`
		Central    central     `json:"central"`
		Directory  directory   `json:"directory"`
		Exclude    Exclude     `json:"exclude"`
		Groups     Groups      `json:"groups"`
		Limits     plan.Limits `json:"limits"`
		Policy     Policy      `json:"policy"`
		Protect    Protect     `json:"protect"`
		Scope      Scope       `json:"scope"`
	}{
		c.Approval, c.Attributes,
		central{c.Central.Tenant},
		directory{c.Directory.Servers},
		c.Exclude, c.Groups, c.Limits, c.Policy, c.Protect, c.Scope,
	}
	// A Config is texts, numbers, truths and lists of them: it always encodes.
	first := encode(deciding)
	dec := json.NewDecoder(bytes.NewReader(first))
	dec.UseNumber()
	var sorted map[string]any
	if err := dec.Decode(&sorted); err != nil {
		return first
	}
	return encode(sorted)
}

// encode is JSON on one line with < > & as they are.
func encode(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}
