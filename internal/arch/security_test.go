package arch

import (
	"go/ast"
	"go/token"
	"regexp"
	"testing"
)

var secretName = regexp.MustCompile(`(?i)(secret|token|password|signature|mac)$`)

// How long a comparison of a secret takes must not tell how much of a guess was
// right: crypto/subtle and crypto/hmac know how. Whether there is one at all may
// be asked.
func TestSecretsAreComparedInConstantTime(t *testing.T) {
	t.Parallel()
	compared := 0
	for _, file := range sources(t) {
		if file.test {
			continue
		}
		ast.Inspect(file.ast, func(n ast.Node) bool {
			if call, ok := n.(*ast.SelectorExpr); ok && call.Sel.Name == "ConstantTimeCompare" {
				compared++
			}
			comparison, ok := n.(*ast.BinaryExpr)
			if !ok || comparison.Op != token.EQL && comparison.Op != token.NEQ {
				return true
			}
			for _, sides := range [][2]ast.Expr{{comparison.X, comparison.Y}, {comparison.Y, comparison.X}} {
				if literal, ok := sides[1].(*ast.BasicLit); secretName.MatchString(lastName(sides[0])) && (!ok || literal.Value != `""`) && lastName(sides[1]) != "nil" {
					t.Errorf("%s: compares a secret at byte %d", file.path, comparison.Pos())
				}
			}
			return true
		})
	}
	if compared == 0 {
		t.Error("nothing is compared in constant time: this test looks for the wrong name")
	}
}

// lastName is the name that an expression ends in.
func lastName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

// Every TLS configuration says that it wants 1.2 at least, and none that
// anybody's certificate will do.
func TestTLSIsNotWeakened(t *testing.T) {
	t.Parallel()
	for _, file := range sources(t) {
		if file.test {
			continue
		}
		ast.Inspect(file.ast, func(n ast.Node) bool {
			if name, ok := n.(*ast.SelectorExpr); ok && (name.Sel.Name == "VersionTLS10" || name.Sel.Name == "VersionTLS11" || name.Sel.Name == "VersionSSL30") {
				t.Errorf("%s: speaks old TLS at byte %d", file.path, name.Pos())
			}
			if name, ok := n.(*ast.Ident); ok && name.Name == "InsecureSkipVerify" {
				t.Errorf("%s: trusts anybody at byte %d", file.path, name.Pos())
			}
			literal, ok := n.(*ast.CompositeLit)
			if !ok {
				return true
			}
			if kind, ok := literal.Type.(*ast.SelectorExpr); !ok || lastName(kind.X) != "tls" || kind.Sel.Name != "Config" {
				return true
			}
			for _, element := range literal.Elts {
				if field, ok := element.(*ast.KeyValueExpr); ok && lastName(field.Key) == "MinVersion" {
					return true
				}
			}
			t.Errorf("%s: a TLS configuration without MinVersion at byte %d", file.path, literal.Pos())
			return true
		})
	}
}

// Whoever guesses case numbers, secrets or ids is slowed down: every route but
// those for machines, the documents and static files has a limit per client.
func TestRoutesAreLimited(t *testing.T) {
	t.Parallel()
	unlimited := map[string]bool{
		`"/healthz"`: true, `"/readyz"`: true, `"/metrics"`: true, `"/openapi.json"`: true, `"/docs"`: true,
		`"/static/:file"`: true, `"/widget.js"`: true, `"/widget/:file"`: true,
	}
	routes := 0
	for _, file := range sources(t) {
		if file.test {
			continue
		}
		ast.Inspect(file.ast, func(n ast.Node) bool {
			literal, ok := n.(*ast.CompositeLit)
			if !ok || len(literal.Elts) == 0 {
				return true
			}
			if kind, ok := literal.Type.(*ast.SelectorExpr); !ok || lastName(kind.X) != "server" || kind.Sel.Name != "Route" {
				return true
			}
			routes++
			for _, element := range literal.Elts {
				field, ok := element.(*ast.KeyValueExpr)
				if !ok {
					continue
				}
				pattern, ok := field.Value.(*ast.BasicLit)
				if lastName(field.Key) == "Limit" || ok && lastName(field.Key) == "Pattern" && unlimited[pattern.Value] {
					return true
				}
			}
			t.Errorf("%s: a route without a limit at byte %d", file.path, literal.Pos())
			return true
		})
	}
	if routes < 10 {
		t.Errorf("only %d routes found", routes)
	}
}
