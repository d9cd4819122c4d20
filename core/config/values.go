package config

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"

	"adsync/core/fault"
)

// typed reads the values of a command line as the type of the key.
func typed(key string, values []string) (reflect.Value, error) {
	t, err := typeOf(key)
	if err != nil {
		return reflect.Value{}, err
	}
	if len(values) == 0 {
		return reflect.Value{}, fault.New("usage.config.value", key+": the value is missing",
			fault.Hint("to go back to the default: adsync config unset "+key))
	}
	v := reflect.New(t).Elem()
	switch {
	case t.Kind() == reflect.Struct || t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct:
		return v, fault.New("usage.config.value", key+" takes JSON from a file",
			fault.Hint("adsync config set "+key+" --file FILE"))
	case t.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(t, len(values), len(values)))
		for i, s := range values {
			if err := scan(v.Index(i), key, s); err != nil {
				return v, err
			}
		}
	case len(values) > 1:
		return v, fault.New("usage.config.value", fmt.Sprintf("%s takes one value, %d were given", key, len(values)),
			fault.Hint("a value with blanks or commas stands in single quotes"))
	default:
		if err := scan(v, key, values[0]); err != nil {
			return v, err
		}
	}
	if r, ok := rules[key]; ok {
		if want := r(v.Interface()); want != "" {
			return v, fault.New("usage.config.value", complaint(key, v.Interface(), want))
		}
	}
	return v, nil
}

// scan reads one value. PowerShell hands $true over as True.
func scan(v reflect.Value, key, s string) error {
	wrong := func(want string) error {
		return fault.New("usage.config.value", fmt.Sprintf("%s is %q, expected %s", key, s, want))
	}
	switch p := v.Addr().Interface().(type) {
	case *int:
		n, err := strconv.ParseInt(s, 10, 32)
		if err != nil {
			return wrong("a whole number")
		}
		*p = int(n)
	case *float64:
		f, err := strconv.ParseFloat(s, 64)
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return wrong("a number")
		}
		*p = f
	case *bool:
		switch strings.ToLower(s) {
		case "true":
			*p = true
		case "false":
			*p = false
		default:
			return wrong("true or false")
		}
	case *string:
		*p = s
	default:
		return wrong("JSON from a file")
	}
	return nil
}
