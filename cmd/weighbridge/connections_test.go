package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// connecting lists the names of net, net/http and crypto/tls that open connections or
// look names up, and the files that may use them. All other connections are opened by
// target/outbound, which checks where they go.
func connecting() map[string][]string {
	const dialer, introspection = "target/outbound/outbound.go", "mockserver/authz/introspect.go"
	rules := map[string][]string{
		"net.Dialer":     {dialer, introspection},
		"net.Resolver":   {dialer},
		"http.Transport": {dialer, introspection, "target/transport/connections.go"},
		"proxy.SOCKS5":   {"target/transport/proxy.go"}, // on connections of the dialer
		// Those of the last three have a transport of ours.
		"http.Client": {dialer, introspection, "bench/attack/volley.go", "bench/hosted/child.go", "target/auth/endpoint.go"},
	}
	for _, forbidden := range []string{
		"http.DefaultClient", "http.DefaultTransport", "http.Get", "http.Head", "http.Post", "http.PostForm", "http.ProxyFromEnvironment",
		"net.Dial", "net.DialTimeout", "net.DialTCP", "net.DialUDP", "net.DialIP", "net.DialUnix", "net.DefaultResolver", "net.LookupHost",
		"net.LookupIP", "net.LookupAddr", "net.LookupCNAME", "net.ResolveTCPAddr", "net.ResolveUDPAddr", "net.ResolveIPAddr",
		"tls.Dial", "tls.DialWithDialer", "tls.Dialer",
	} {
		rules[forbidden] = nil
	}
	return rules
}

func TestConnectionsAreOpenedInOnePlace(t *testing.T) {
	root, rules, used := "../..", connecting(), map[string]bool{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if entry.IsDir() {
			if name == "tools" || name == "mockserver/sdk" || len(name) > 1 && strings.HasPrefix(name, ".") {
				return filepath.SkipDir // modules of their own, and no part of the program
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			selector, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			pkg, ok := selector.X.(*ast.Ident)
			if !ok {
				return true
			}
			what := pkg.Name + "." + selector.Sel.Name
			allowed, known := rules[what]
			if known && !slices.Contains(allowed, name) {
				t.Errorf("%s uses %s: connections are opened by target/outbound alone", name, what)
			}
			used[name+" "+what] = true
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for what, files := range rules {
		for _, file := range files {
			if !used[file+" "+what] {
				t.Errorf("%s does not use %s: take it from the list", file, what)
			}
		}
	}
}
