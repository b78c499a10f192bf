package mail

import (
	"bytes"
	"errors"
	htmltemplate "html/template"
	"io"
	"reflect"
	"slices"
	"strings"
	texttemplate "text/template"
	"text/template/parse"
)

// plan is a template made ready for views of one type. The template packages look
// every name up in the view each time a mail is written, which took a fifth of all
// that a mail costs; a plan has looked them up before. It writes what they write,
// and knows of the language only what mails are made of: see newPlan.
type plan []step

// step writes a text and then does something, if do is not nil.
type step struct {
	text []byte
	do   func(w *bytes.Buffer, dot reflect.Value) error
}

func (p plan) write(w *bytes.Buffer, dot reflect.Value) error {
	for _, s := range p {
		w.Write(s.text)
		if s.do == nil {
			continue
		}
		if err := s.do(w, dot); err != nil {
			return err
		}
	}
	return nil
}

// errNoPlan tells that a template does what plans cannot: it is left to the package
// that it was parsed with.
var errNoPlan = errors.New("no plan")

// planner makes plans of the templates of one list.
type planner struct {
	tree func(name string) *parse.Tree
	// leave is the way to execute an action of a kind that plans do not have.
	leave func(*parse.ActionNode) (func(io.Writer, any) error, error)
	plan  plan
	// depth bounds templates that call themselves.
	depth int
}

const maxPlanDepth = 20

// newPlan makes a plan of the template for views of type t, or fails with errNoPlan.
// Plans have texts, fields, the functions of one text, the HTML escapers of texts
// and attributes, conditions of fields, loops over slices, and calls.
func newPlan(p planner, name string, t reflect.Type) (plan, error) {
	tree := p.tree(name)
	if tree == nil || tree.Root == nil {
		return nil, errNoPlan
	}
	return p.list(tree.Root, t)
}

// list plans nodes for a dot of type t, nil where there is none.
func (p planner) list(l *parse.ListNode, t reflect.Type) (plan, error) {
	p.plan = nil
	if l == nil {
		return nil, nil
	}
	for _, node := range l.Nodes {
		if err := p.node(node, t); err != nil {
			return nil, err
		}
	}
	return p.plan, nil
}

func (p *planner) text(text []byte) {
	if n := len(p.plan); n > 0 && p.plan[n-1].do == nil {
		p.plan[n-1].text = slices.Concat(p.plan[n-1].text, text)
		return
	}
	p.plan = append(p.plan, step{text: text})
}

func (p *planner) do(do func(*bytes.Buffer, reflect.Value) error) {
	if n := len(p.plan); n > 0 && p.plan[n-1].do == nil {
		p.plan[n-1].do = do
		return
	}
	p.plan = append(p.plan, step{do: do})
}

func (p *planner) node(node parse.Node, t reflect.Type) error {
	switch n := node.(type) {
	case *parse.TextNode:
		p.text(n.Text)
		return nil
	case *parse.CommentNode:
		return nil
	case *parse.ActionNode:
		return p.action(n, t)
	case *parse.IfNode:
		return p.choose(n, t)
	case *parse.WithNode:
		return p.with(n, t)
	case *parse.RangeNode:
		return p.each(n, t)
	case *parse.TemplateNode:
		return p.call(n, t)
	}
	return errNoPlan
}

func (p *planner) action(n *parse.ActionNode, t reflect.Type) error {
	// What the action stands in is not executed with it: it must not need a variable.
	if t == nil || len(n.Pipe.Decl) > 0 || strings.Contains(n.String(), "$") {
		return errNoPlan
	}
	execute, err := p.leave(n)
	if err != nil {
		return err
	}
	said, err1 := textOf(n.Pipe.Cmds[0].Args, t)
	escape, err2 := escaper(n.Pipe.Cmds[1:])
	known := errors.Join(err1, err2) == nil
	p.do(func(w *bytes.Buffer, dot reflect.Value) error {
		if known {
			if text, err := said(dot); err != nil || escape(w, text) {
				return err
			}
		}
		return execute(w, dot.Interface())
	})
	return nil
}

func (p *planner) choose(n *parse.IfNode, t reflect.Type) error {
	holds, err := condition(n.Pipe, t)
	if err != nil {
		return err
	}
	yes, err1 := p.list(n.List, t)
	no, err2 := p.list(n.ElseList, t)
	p.do(func(w *bytes.Buffer, dot reflect.Value) error {
		ok, err := holds(dot)
		if err != nil {
			return err
		}
		if ok {
			return yes.write(w, dot)
		}
		return no.write(w, dot)
	})
	return errors.Join(err1, err2)
}

func (p *planner) with(n *parse.WithNode, t reflect.Type) error {
	inner, got, err := onlyField(n.Pipe, t)
	if err != nil {
		return err
	}
	holds, err := truth(inner)
	if err != nil {
		return err
	}
	yes, err1 := p.list(n.List, inner)
	no, err2 := p.list(n.ElseList, t)
	p.do(func(w *bytes.Buffer, dot reflect.Value) error {
		v, err := got(dot)
		if err != nil {
			return err
		}
		if holds(v) {
			return yes.write(w, v)
		}
		return no.write(w, dot)
	})
	return errors.Join(err1, err2)
}

func (p *planner) each(n *parse.RangeNode, t reflect.Type) error {
	list, got, err := onlyField(n.Pipe, t)
	if err != nil {
		return err
	}
	if list.Kind() != reflect.Slice {
		return errNoPlan
	}
	body, err1 := p.list(n.List, list.Elem())
	empty, err2 := p.list(n.ElseList, t)
	p.do(func(w *bytes.Buffer, dot reflect.Value) error {
		all, err := got(dot)
		if err != nil {
			return err
		}
		if all.Len() == 0 {
			return empty.write(w, dot)
		}
		for i := range all.Len() {
			if err := body.write(w, all.Index(i)); err != nil {
				return err
			}
		}
		return nil
	})
	return errors.Join(err1, err2)
}

func (p *planner) call(n *parse.TemplateNode, t reflect.Type) error {
	tree := p.tree(n.Name)
	if p.depth++; tree == nil || tree.Root == nil || p.depth > maxPlanDepth {
		return errNoPlan
	}
	defer func() { p.depth-- }()
	var inner reflect.Type
	var got getter
	if n.Pipe != nil {
		var err error
		if inner, got, err = onlyField(n.Pipe, t); err != nil {
			return err
		}
	}
	called, err := p.list(tree.Root, inner)
	if n.Pipe == nil || inner == t && n.Pipe.Cmds[0].Args[0].Type() == parse.NodeDot {
		// It is given what there is, and may stand in place of its call.
		for _, s := range called {
			p.text(s.text)
			if s.do != nil {
				p.do(s.do)
			}
		}
		return err
	}
	p.do(func(w *bytes.Buffer, dot reflect.Value) error {
		v, err := got(dot)
		if err != nil {
			return err
		}
		return called.write(w, v)
	})
	return err
}

// onlyField takes a pipe that is one field, or the dot.
func onlyField(pipe *parse.PipeNode, t reflect.Type) (reflect.Type, getter, error) {
	if len(pipe.Decl) > 0 || len(pipe.Cmds) != 1 || len(pipe.Cmds[0].Args) != 1 {
		return nil, nil, errNoPlan
	}
	return field(pipe.Cmds[0].Args[0], t)
}

// getter finds a value in the dot.
type getter func(dot reflect.Value) (reflect.Value, error)

var errNil = errors.New("a field of nothing")

// field takes a node that is the dot or a field of it, or a field of that.
func field(node parse.Node, t reflect.Type) (reflect.Type, getter, error) {
	if t == nil {
		return nil, nil, errNoPlan
	}
	var names []string
	switch n := node.(type) {
	case *parse.DotNode:
		return t, func(dot reflect.Value) (reflect.Value, error) { return dot, nil }, nil
	case *parse.FieldNode:
		names = n.Ident
	default:
		return nil, nil, errNoPlan
	}
	var indexes [][]int
	for _, name := range names {
		receiver := t
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		} else {
			receiver = reflect.PointerTo(t)
		}
		if t.Kind() != reflect.Struct {
			return nil, nil, errNoPlan
		}
		f, found := t.FieldByName(name)
		if _, method := receiver.MethodByName(name); !found || !f.IsExported() || method {
			return nil, nil, errNoPlan
		}
		indexes, t = append(indexes, f.Index), f.Type
	}
	if len(indexes) == 1 && len(indexes[0]) == 1 {
		// Most fields are of the dot itself.
		i := indexes[0][0]
		return t, func(v reflect.Value) (reflect.Value, error) {
			if v.Kind() == reflect.Pointer {
				if v = v.Elem(); !v.IsValid() {
					return v, errNil
				}
			}
			return v.Field(i), nil
		}, nil
	}
	return t, func(v reflect.Value) (_ reflect.Value, err error) {
		for _, index := range indexes {
			if v.Kind() == reflect.Pointer {
				if v = v.Elem(); !v.IsValid() {
					return v, errNil
				}
			}
			if v, err = v.FieldByIndexErr(index); err != nil {
				return v, err
			}
		}
		return v, nil
	}, nil
}

// leaveToText executes an action by text/template.
func leaveToText(n *parse.ActionNode) (func(io.Writer, any) error, error) {
	tree := &parse.Tree{Name: "action", Root: &parse.ListNode{NodeType: parse.NodeList, Nodes: []parse.Node{n}}}
	t, err := texttemplate.New("").Funcs(functions).Option("missingkey=error").AddParseTree("action", tree)
	if err != nil {
		return nil, err
	}
	return t.Execute, nil
}

// leaveToHTML executes an action that html/template has escaped: in a template
// that has been escaped, it is executed as it stands.
func leaveToHTML(n *parse.ActionNode) (func(io.Writer, any) error, error) {
	t, err := htmltemplate.New("action").Funcs(functions).Option("missingkey=error").Parse("{{.}}")
	if err != nil {
		return nil, err
	}
	if err := t.Execute(io.Discard, ""); err != nil {
		return nil, err
	}
	t.Tree.Root.Nodes = []parse.Node{n}
	return t.Execute, nil
}
