package config

import (
	"encoding"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// key is one setting that can be given in the file or the environment.
type key struct {
	path     string        // http.addr
	variable string        // NARU_HTTP_ADDR
	secret   string        // "", "url", "urls" or "whole"
	value    reflect.Value // addressable
}

// keys lists all settings of c in order.
func keys(c *Config) []key { return appendKeys(nil, "", reflect.ValueOf(c).Elem()) }

func appendKeys(list []key, prefix string, v reflect.Value) []key {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.IsExported() {
			continue
		}
		path := prefix + f.Tag.Get("yaml")
		if f.Type.Kind() == reflect.Struct {
			list = appendKeys(list, path+".", v.Field(i))
			continue
		}
		list = append(list, key{path: path, variable: variableOf(path), secret: f.Tag.Get("secret"), value: v.Field(i)})
	}
	return list
}

const variablePrefix = "NARU_"

func variableOf(path string) string {
	return variablePrefix + strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToUpper(path))
}

// text is the value as it would be written in the environment.
func (k key) text() string {
	switch v := k.value.Interface().(type) {
	case string:
		return v
	case []string:
		return strings.Join(v, ",")
	default:
		return fmt.Sprint(v)
	}
}

// setText reads a value of any scalar type, or a list separated by commas. Its
// errors read as the rest of a sentence and do not repeat the text.
func setText(v reflect.Value, text string) error {
	if u, ok := reflect.TypeAssert[encoding.TextUnmarshaler](v.Addr()); ok {
		return u.UnmarshalText([]byte(text))
	}
	if v.Type() == reflect.TypeFor[time.Duration]() {
		d, err := time.ParseDuration(text)
		if err != nil {
			return errors.New("is not a duration such as 30s, 10m or 72h")
		}
		v.SetInt(int64(d))
		return nil
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		if text != "true" && text != "false" {
			return errors.New("is neither true nor false")
		}
		v.SetBool(text == "true")
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, v.Type().Bits())
		if err != nil {
			return errors.New("is not a whole number")
		}
		v.SetInt(n)
	case reflect.Float64:
		n, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
			return errors.New("is not a number")
		}
		v.SetFloat(n)
	case reflect.Slice:
		list := reflect.MakeSlice(v.Type(), 0, 4)
		for part := range strings.SplitSeq(text, ",") {
			if part = strings.TrimSpace(part); part == "" {
				continue
			}
			item := reflect.New(v.Type().Elem()).Elem()
			if err := setText(item, part); err != nil {
				return err
			}
			list = reflect.Append(list, item)
		}
		v.Set(list)
	default:
		return fmt.Errorf("cannot be read into %s", v.Type())
	}
	return nil
}
