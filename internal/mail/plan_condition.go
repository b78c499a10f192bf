package mail

import (
	"reflect"
	"text/template/parse"
)

// condition takes the pipe of an if: a field, "not" of one, "or" of several, or "eq"
// of one and a constant.
func condition(pipe *parse.PipeNode, t reflect.Type) (func(reflect.Value) (bool, error), error) {
	if len(pipe.Decl) > 0 || len(pipe.Cmds) != 1 {
		return nil, errNoPlan
	}
	args := pipe.Cmds[0].Args
	name, called := args[0].(*parse.IdentifierNode)
	switch {
	case called && name.Ident == "eq" && len(args) == 3:
		kind, got, err := field(args[1], t)
		want, constant := args[2].(*parse.StringNode)
		if err != nil || !constant || kind.Kind() != reflect.String {
			return nil, errNoPlan
		}
		return func(dot reflect.Value) (bool, error) {
			v, err := got(dot)
			return err == nil && v.String() == want.Text, err
		}, nil
	case called && len(args) > 1 && name.Ident == "or", called && len(args) == 2 && name.Ident == "not":
		args = args[1:]
	case called || len(args) != 1:
		return nil, errNoPlan
	}
	var tests []func(reflect.Value) (bool, error)
	for _, arg := range args {
		kind, got, err := field(arg, t)
		if err != nil {
			return nil, err
		}
		holds, err := truth(kind)
		if err != nil {
			return nil, err
		}
		tests = append(tests, func(dot reflect.Value) (bool, error) {
			v, err := got(dot)
			return err == nil && holds(v), err
		})
	}
	not := called && name.Ident == "not"
	return func(dot reflect.Value) (bool, error) {
		for _, test := range tests {
			if ok, err := test(dot); ok || err != nil {
				return ok != not, err
			}
		}
		return not, nil
	}, nil
}

// truth is what templates take for true.
func truth(t reflect.Type) (func(reflect.Value) bool, error) {
	switch t.Kind() {
	case reflect.String, reflect.Slice:
		return func(v reflect.Value) bool { return v.Len() > 0 }, nil
	case reflect.Bool:
		return reflect.Value.Bool, nil
	case reflect.Int, reflect.Int64:
		return func(v reflect.Value) bool { return v.Int() != 0 }, nil
	case reflect.Pointer:
		return func(v reflect.Value) bool { return !v.IsNil() }, nil
	}
	return nil, errNoPlan
}
