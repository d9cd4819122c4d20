package commands

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"testing"
)

// TestMakefileSetsWhatThereIs compares the names that the Makefile sets with the
// variables of this package: the linker passes over a name that nobody has.
func TestMakefileSetsWhatThereIs(t *testing.T) {
	makefile, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), "version.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok {
			for _, name := range v.Names {
				there[name.Name] = true
			}
		}
		return true
	})
	set := regexp.MustCompile(`-X adsync/commands\.(\w+)=`).FindAllStringSubmatch(string(makefile), -1)
	if len(set) != 2 {
		t.Errorf("the Makefile sets %d variables, want the release and the revision", len(set))
	}
	for _, m := range set {
		if !there[m[1]] {
			t.Errorf("the Makefile sets %s, which version.go does not have", m[1])
		}
	}
}
