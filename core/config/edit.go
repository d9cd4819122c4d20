package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"runtime"

	"adsync/core/fault"
	"adsync/core/text"
)

// Set gives a key the values in the bytes of a config.json (nil: none yet) and
// returns the new bytes, with notes on what else it means. A list takes all
// values, everything else exactly one. The new bytes are of the right shape;
// whether the values go together is for Parse to say.
func Set(data []byte, key string, values []string) (edited []byte, notes []string, err error) {
	v, err := typed(key, values)
	if err != nil {
		return nil, nil, err
	}
	if key == "proxy.url" && v.String() == "" {
		return Unset(data, key)
	}
	return change(data, key, encode(v.Interface()))
}

// SetJSON gives a key a value in JSON: for lists and objects that Set cannot
// write.
func SetJSON(data []byte, key string, raw []byte) (edited []byte, notes []string, err error) {
	t, err := typeOf(key)
	if err != nil {
		return nil, nil, err
	}
	s, _, err := text.Decode(raw)
	if err != nil {
		return nil, nil, fault.New("config.syntax", "the value of "+key+" is "+err.Error(), fault.Cause(err))
	}
	n, err := parse(s)
	if err != nil {
		return nil, nil, err
	}
	check := shape{text: s}
	check.check(n, t, key)
	if err := refuse(check.problems); err != nil {
		return nil, nil, err
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(s)); err != nil {
		return nil, nil, fault.New("config.syntax", "the value of "+key+" is no valid JSON", fault.Cause(err))
	}
	return change(data, key, compact.Bytes())
}

// Add puts entries behind a list, defaults included where the file does not
// have it yet. What is in the list already is not added again.
func Add(data []byte, key string, values []string) (edited []byte, notes []string, err error) {
	return entries(data, key, values, func(have, given reflect.Value) (reflect.Value, error) {
		for i := range given.Len() {
			if at(have, given.Index(i)) >= 0 {
				notes = append(notes, fmt.Sprintf("%v is in %s already", given.Index(i), key))
				continue
			}
			have = reflect.Append(have, given.Index(i))
		}
		return have, nil
	}, &notes)
}

// Remove takes entries out of a list.
func Remove(data []byte, key string, values []string) (edited []byte, notes []string, err error) {
	return entries(data, key, values, func(have, given reflect.Value) (reflect.Value, error) {
		for i := range given.Len() {
			j := at(have, given.Index(i))
			if j < 0 {
				return have, fault.New("usage.config.value", fmt.Sprintf("%v is not in %s", given.Index(i), key),
					fault.Then("adsync config show", "see what is"))
			}
			have = reflect.AppendSlice(have.Slice3(0, j, j), have.Slice(j+1, have.Len()))
		}
		return have, nil
	}, &notes)
}

// Unset takes a key out, so that its default counts again.
func Unset(data []byte, key string) (edited []byte, notes []string, err error) {
	if _, err := typeOf(key); err != nil {
		return nil, nil, err
	}
	d, err := open(data)
	if err != nil {
		return nil, nil, err
	}
	s, ok := d.drop(key)
	if !ok {
		return d.form.Encode(d.text), []string{key + " is not in config.json: its default counts"}, nil
	}
	if before, err := Read(data, runtime.GOOS); err == nil && key == "proxy.url" && before.Proxy.Mode == ProxyManual {
		edited, notes, err = Unset(d.form.Encode(s), "proxy.mode")
		return edited, append(notes, "proxy.mode is "+ProxySystem+" again: manual needs a url"), err
	}
	return finish(data, d.form.Encode(s), nil)
}

// entries changes the list of a key by a function of what it has and what is
// given.
func entries(data []byte, key string, values []string,
	f func(have, given reflect.Value) (reflect.Value, error), notes *[]string,
) ([]byte, []string, error) {
	given, err := typed(key, values)
	if err != nil {
		return nil, nil, err
	}
	if given.Kind() != reflect.Slice {
		return nil, nil, fault.New("usage.config.key", key+" is no list", fault.Then("adsync config set "+key+" VALUE", "give it a value"))
	}
	c, err := Read(data, runtime.GOOS)
	if err != nil {
		return nil, nil, err
	}
	v, err := Get(c, key)
	if err != nil {
		return nil, nil, err
	}
	have, err := f(reflect.ValueOf(v), given)
	if err != nil {
		return nil, nil, err
	}
	edited, more, err := change(data, key, encode(have.Interface()))
	return edited, append(*notes, more...), err
}

func at(list, v reflect.Value) int {
	for i := range list.Len() {
		if list.Index(i).Equal(v) {
			return i
		}
	}
	return -1
}

// change writes a key's value, and what has to go with it.
func change(data []byte, key string, value []byte) ([]byte, []string, error) {
	d, err := open(data)
	if err != nil {
		return nil, nil, err
	}
	var notes []string
	edited := d.form.Encode(d.put(key, value))
	if c, err := Read(edited, runtime.GOOS); key == "proxy.url" && err == nil && c.Proxy.URL != "" && c.Proxy.Mode != ProxyManual {
		if edited, _, err = change(edited, "proxy.mode", encode(ProxyManual)); err != nil {
			return nil, nil, err
		}
		notes = append(notes, "proxy.mode is "+ProxyManual+" now")
	}
	return finish(data, edited, notes)
}

// finish reads what was made, and says which port goes with another security.
func finish(before, after []byte, notes []string) ([]byte, []string, error) {
	now, err := Read(after, runtime.GOOS)
	if err != nil {
		return nil, nil, err
	}
	was, err := Read(before, runtime.GOOS)
	if err != nil {
		return nil, nil, err
	}
	switch {
	case was.Directory.Security == now.Directory.Security:
	case was.Directory.Port != now.Directory.Port:
		notes = append(notes, fmt.Sprintf("directory.port is %d now", now.Directory.Port))
	case now.ByHand("directory.port"):
		notes = append(notes, fmt.Sprintf("directory.port stays %d: it was set by hand", now.Directory.Port))
	}
	return after, notes, nil
}
