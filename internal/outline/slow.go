package outline

import (
	"fmt"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// slow reads a file by the YAML parser.
func slow(text string) (*Node, error) {
	file, err := parser.ParseBytes([]byte(text), 0)
	if err != nil {
		return nil, err
	}
	root := Node{Kind: Mapping, Line: 1}
	if len(file.Docs) > 1 {
		return nil, &Error{1, fmt.Sprintf("holds %d YAML documents, wanted one", len(file.Docs))}
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		return &root, nil
	}
	c := converter{anchors: map[string]Node{}}
	if root, err = c.node(file.Docs[0].Body); err != nil {
		return nil, err
	}
	if root.Kind != Mapping {
		return nil, &Error{1, "is not a mapping of keys to values"}
	}
	return &root, nil
}

// converter makes nodes of those of the YAML parser.
type converter struct {
	anchors map[string]Node
}

func (c *converter) node(from ast.Node) (Node, error) {
	n := Node{Line: lineOf(from)}
	switch v := from.(type) {
	case *ast.NullNode:
	case *ast.StringNode:
		n.Kind, n.Value = Text, v.Value
	case *ast.LiteralNode:
		n.Kind, n.Value = Text, v.Value.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		n.Kind, n.Value = Text, from.GetToken().Value
	case *ast.MappingNode:
		return c.mapping(v.Values, n.Line)
	case *ast.MappingValueNode:
		return c.mapping([]*ast.MappingValueNode{v}, n.Line)
	case *ast.SequenceNode:
		n.Kind = List
		for _, item := range v.Values {
			child, err := c.node(item)
			if err != nil {
				return n, err
			}
			n.Items = append(n.Items, child)
		}
	case *ast.AnchorNode:
		child, err := c.node(v.Value)
		c.anchors[v.Name.GetToken().Value] = child
		return child, err
	case *ast.AliasNode:
		child, ok := c.anchors[v.Value.GetToken().Value]
		if !ok {
			return n, &Error{n.Line, "alias without an anchor before it"}
		}
		child.Line = n.Line
		return child, nil
	default:
		return n, &Error{n.Line, fmt.Sprintf("%s is not read in data files", from.Type())}
	}
	return n, nil
}

func (c *converter) mapping(values []*ast.MappingValueNode, line int) (Node, error) {
	n := Node{Kind: Mapping, Line: line, Items: make([]Node, 0, len(values))}
	for _, v := range values {
		key, err := c.node(v.Key)
		if err != nil {
			return n, err
		}
		child, err := c.node(v.Value)
		if err != nil {
			return n, err
		}
		child.Key, child.Line = key.Value, key.Line
		n.Items = append(n.Items, child)
	}
	if len(n.Items) > 0 {
		n.Line = n.Items[0].Line
	}
	return n, nil
}

func lineOf(n ast.Node) int {
	if n == nil || n.GetToken() == nil || n.GetToken().Position == nil {
		return 0
	}
	return n.GetToken().Position.Line
}
