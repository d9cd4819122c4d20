package config

import (
	"encoding/json"
	"reflect"

	"adsync/core/fault"
	"adsync/core/text"
)

// Parse reads config.json and checks every value. Nil data stands for a profile
// without the file.
func Parse(data []byte, goos string) (Config, error) {
	c, err := Read(data, goos)
	if err != nil {
		return Config{}, err
	}
	if err := c.Check(); err != nil {
		return Config{}, err
	}
	return c, nil
}

// Read is Parse without the check of values: for what shows a configuration
// that is not in order.
func Read(data []byte, goos string) (Config, error) {
	c := defaults(goos)
	if data == nil {
		return c, nil
	}
	d, err := open(data)
	if err != nil {
		return Config{}, err
	}
	if err := json.Unmarshal([]byte(d.text), &c); err != nil {
		return Config{}, fault.New("config.type", "config.json does not fit", fault.Cause(err))
	}
	c.places = d.places
	c.derive()
	return c, nil
}

// document is a config.json as it stands: known to be of the right shape.
type document struct {
	text   string
	form   text.Form
	root   *node
	places map[string]place
}

// open reads a document; nil data is a new one.
func open(data []byte) (document, error) {
	if data == nil {
		data = []byte("{\n  \"format\": 1\n}\n")
	}
	s, form, err := text.Decode(data)
	if err != nil {
		return document{}, fault.New("config.syntax", "config.json is "+err.Error(), fault.Cause(err),
			fault.Hint("save the file as UTF-8"))
	}
	root, err := parse(s)
	if err != nil {
		return document{}, err
	}
	check := shape{text: s, places: map[string]place{}}
	check.check(root, reflect.TypeFor[Config](), "")
	if err := refuse(check.problems, fault.Hint("mend the file at that place; adsync config path says where it is")); err != nil {
		return document{}, err
	}
	return document{text: s, form: form, root: root, places: check.places}, nil
}
