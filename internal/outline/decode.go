package outline

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// Reader is a type that reads itself from a text of a file.
type Reader interface {
	ReadOutline(text string) error
}

// Decode fills the value that v points to: structs by the names in their yaml
// tags, or else those of their fields in lower case; maps by texts or whole
// numbers; slices, pointers, texts, whole numbers, true and false; and what
// reads itself from a text. Null leaves the zero value. Keys that a struct does
// not have are refused. The error is an *Error.
func (n *Node) Decode(v any) error {
	return n.into(reflect.ValueOf(v).Elem())
}

func (n *Node) fault(format string, args ...any) error {
	return &Error{n.Line, fmt.Sprintf(format, args...)}
}

func (n *Node) into(v reflect.Value) error {
	if n.Kind == Null {
		return nil
	}
	if u, ok := reflect.TypeAssert[Reader](v.Addr()); ok {
		if n.Kind != Text {
			return n.fault("wanted a text")
		}
		if err := u.ReadOutline(n.Value); err != nil {
			return n.fault("%s", err)
		}
		return nil
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return n.into(v.Elem())
	case reflect.Struct:
		return n.intoStruct(v)
	case reflect.Map:
		return n.intoMap(v)
	case reflect.Slice:
		if n.Kind != List {
			return n.fault("wanted a list")
		}
		v.Set(reflect.MakeSlice(v.Type(), len(n.Items), len(n.Items)))
		for i := range n.Items {
			if err := n.Items[i].into(v.Index(i)); err != nil {
				return err
			}
		}
		return nil
	}
	if n.Kind != Text {
		return n.fault("wanted a text or a figure")
	}
	return n.intoScalar(v, n.Value)
}

func (n *Node) intoScalar(v reflect.Value, text string) error {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Int:
		i, err := strconv.Atoi(text)
		if err != nil {
			return n.fault("%q is not a whole number", text)
		}
		v.SetInt(int64(i))
	case reflect.Bool:
		if text != "true" && text != "false" {
			return n.fault("%q is neither true nor false", text)
		}
		v.SetBool(text == "true")
	default:
		return n.fault("cannot be read into %s", v.Type())
	}
	return nil
}

func (n *Node) intoMap(v reflect.Value) error {
	if n.Kind != Mapping {
		return n.fault("wanted a mapping of keys to values")
	}
	t := v.Type()
	v.Set(reflect.MakeMapWithSize(t, len(n.Items)))
	for i := range n.Items {
		item := &n.Items[i]
		key, value := reflect.New(t.Key()).Elem(), reflect.New(t.Elem()).Elem()
		if err := item.intoScalar(key, item.Key); err != nil {
			return err
		}
		if err := item.into(value); err != nil {
			return err
		}
		v.SetMapIndex(key, value)
	}
	return nil
}

func (n *Node) intoStruct(v reflect.Value) error {
	if n.Kind != Mapping {
		return n.fault("wanted a mapping of keys to values")
	}
	for i := range n.Items {
		item := &n.Items[i]
		f := field(v, item.Key)
		if !f.IsValid() {
			return item.fault("unknown key %q", item.Key)
		}
		if err := item.into(f); err != nil {
			return err
		}
	}
	return nil
}

// field finds the field of a struct, or of those inline in it, by its key.
func field(v reflect.Value, key string) reflect.Value {
	t := v.Type()
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() {
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case options == "inline":
			if inner := field(v.Field(i), key); inner.IsValid() {
				return inner
			}
		case name == key, name == "" && strings.ToLower(f.Name) == key:
			return v.Field(i)
		}
	}
	return reflect.Value{}
}
