package config

import (
	"fmt"
	"reflect"
	"strings"

	"adsync/core/fault"
)

// fieldsOf returns the fields of a struct by their JSON names.
func fieldsOf(t reflect.Type) map[string]reflect.StructField {
	fields := map[string]reflect.StructField{}
	for f := range t.Fields() {
		if f.IsExported() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			fields[name] = f
		}
	}
	return fields
}

// namesOf returns the JSON names of a struct's fields, in their order.
func namesOf(t reflect.Type) []string {
	var names []string
	for f := range t.Fields() {
		if f.IsExported() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			names = append(names, name)
		}
	}
	return names
}

// Keys returns all dotted keys that hold a value of their own, in the order of
// the file.
func Keys() []string { return keysOf(reflect.TypeFor[Config](), "") }

func keysOf(t reflect.Type, prefix string) []string {
	var keys []string
	fields := fieldsOf(t)
	for _, name := range namesOf(t) {
		if sub := fields[name].Type; sub.Kind() == reflect.Struct {
			keys = append(keys, keysOf(sub, prefix+name+".")...)
			continue
		}
		keys = append(keys, prefix+name)
	}
	return keys
}

// Get returns the value of a dotted key; of a key that has others below it, all
// of them.
func Get(c Config, key string) (any, error) {
	v := reflect.ValueOf(c)
	for part := range strings.SplitSeq(key, ".") {
		if v.Kind() != reflect.Struct {
			return nil, unknown(key)
		}
		f, ok := fieldsOf(v.Type())[part]
		if !ok {
			return nil, unknown(key)
		}
		v = v.FieldByIndex(f.Index)
	}
	return v.Interface(), nil
}

// typeOf returns the type of a dotted key's value.
func typeOf(key string) (reflect.Type, error) {
	v, err := Get(Config{}, key)
	if err != nil {
		return nil, err
	}
	return reflect.TypeOf(v), nil
}

func unknown(key string) error {
	hint := "adsync config show prints all keys"
	for _, k := range Keys() {
		if strings.EqualFold(k, key) {
			hint = "it is spelled " + k
		}
	}
	return fault.New("usage.config.key", fmt.Sprintf("no key %q", key), fault.Hint(hint))
}
