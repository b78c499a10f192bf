package mail

import (
	htmltemplate "html/template"
	"strings"
	"text/template/parse"
)

// fold puts into a parsed template what is known before any mail is written,
// so that writing one has less to do: {{template "x"}} without an argument
// where x is nothing but text, and {{.T "key"}}, which is a text of the
// catalogue in the language the template is for. It must come before the
// template is escaped; escape is applied to what it puts in.
type fold struct {
	trees map[string]*parse.Tree
	// text returns the text of a key; where it reports false, or is nil,
	// {{.T "key"}} is left as it is.
	text   func(key string) (string, bool)
	escape func(string) string
}

// escapeHTML is the fold.escape of HTML: fit for elements and for attributes
// in double quotes.
func escapeHTML(s string) string { return htmltemplate.HTMLEscapeString(s) }

func asIs(s string) string { return s }

func (f fold) list(l *parse.ListNode) {
	if l == nil {
		return
	}
	for i, node := range l.Nodes {
		switch n := node.(type) {
		case *parse.TemplateNode:
			if text, ok := f.constant(n); ok {
				l.Nodes[i] = &parse.TextNode{NodeType: parse.NodeText, Pos: n.Pos, Text: []byte(text)}
			}
		case *parse.ActionNode:
			if text, ok := f.message(n.Pipe); ok {
				l.Nodes[i] = &parse.TextNode{NodeType: parse.NodeText, Pos: n.Pos, Text: []byte(text)}
			}
		case *parse.IfNode:
			f.list(n.List)
			f.list(n.ElseList)
		case *parse.WithNode:
			f.list(n.List)
			f.list(n.ElseList)
		case *parse.RangeNode:
			f.list(n.List)
			f.list(n.ElseList)
		}
	}
}

// constant returns the text of a template that is called without an argument
// and is nothing but text.
func (f fold) constant(n *parse.TemplateNode) (string, bool) {
	if n.Pipe != nil {
		return "", false
	}
	return text(f.trees[n.Name])
}

// constants returns the templates that are nothing but text and whose names
// begin with one of the prefixes.
func (f fold) constants(prefixes ...string) map[string]string {
	all := map[string]string{}
	for name, tree := range f.trees {
		for _, prefix := range prefixes {
			if s, ok := text(tree); ok && strings.HasPrefix(name, prefix) {
				all[name] = s
			}
		}
	}
	return all
}

// text returns what a template says that is nothing but text.
func text(tree *parse.Tree) (string, bool) {
	if tree == nil || tree.Root == nil {
		return "", false
	}
	var all strings.Builder
	for _, node := range tree.Root.Nodes {
		t, ok := node.(*parse.TextNode)
		if !ok {
			return "", false
		}
		all.Write(t.Text)
	}
	return all.String(), true
}

// message returns the text that {{.T "key"}} stands for.
func (f fold) message(p *parse.PipeNode) (string, bool) {
	if f.text == nil || len(p.Decl) > 0 || len(p.Cmds) != 1 || len(p.Cmds[0].Args) != 2 {
		return "", false
	}
	field, isField := p.Cmds[0].Args[0].(*parse.FieldNode)
	key, isString := p.Cmds[0].Args[1].(*parse.StringNode)
	if !isField || !isString || len(field.Ident) != 1 || field.Ident[0] != "T" {
		return "", false
	}
	said, ok := f.text(key.Text)
	return f.escape(said), ok
}
