package directory_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"adsync/core/directory"

	"github.com/google/go-cmp/cmp"
)

// powerShell returns the path of a PowerShell, from PATH or from the one to test
// with.
func powerShell(t *testing.T) string {
	t.Helper()
	if path, err := exec.LookPath("pwsh"); err == nil {
		return path
	}
	up := filepath.Join("..", "..", "..", "shared", "testbed", "pwsh", "up.sh")
	if _, err := os.Stat(up); err != nil || runtime.GOOS == "windows" {
		t.Skip("skipped: there is no pwsh on PATH and none to test with")
	}
	dir, err := exec.CommandContext(t.Context(), up).Output()
	if err != nil {
		t.Fatalf("unpack the PowerShell to test with: %v", err)
	}
	return filepath.Join(strings.TrimSpace(string(dir)), "pwsh")
}

// bound is what Get-ADObject is given by a line.
type bound struct {
	Server                string   `json:"Server"`
	SearchBase            string   `json:"SearchBase"`
	SearchScope           string   `json:"SearchScope"`
	LDAPFilter            string   `json:"LDAPFilter"`
	IncludeDeletedObjects bool     `json:"IncludeDeletedObjects"`
	Properties            []string `json:"Properties"`
	Rest                  []string `json:"Rest"`
}

// stub has the parameters of Get-ADObject that the lines use, and tells what was
// bound to them.
const stub = `
function Get-ADObject {
	param([string]$Server, [string]$SearchBase, [string]$SearchScope, [string]$LDAPFilter, [switch]$IncludeDeletedObjects,
		[string[]]$Properties, [Parameter(ValueFromRemainingArguments = $true)][string[]]$Rest)
	$bound = @{
		Server = $Server; SearchBase = $SearchBase; SearchScope = $SearchScope; LDAPFilter = $LDAPFilter
		IncludeDeletedObjects = [bool]$IncludeDeletedObjects; Properties = @($Properties | Where-Object { $_ }); Rest = @($Rest | Where-Object { $_ })
	}
	ConvertTo-Json -Compress $bound
}
`

// TestPowerShellLines: PowerShell itself understands a line as the search that it
// stands for, whatever its names hold.
func TestPowerShellLines(t *testing.T) {
	engine := powerShell(t)
	searches := []bound{
		{LDAPFilter: "(objectCategory=group)", SearchScope: "Subtree", Properties: []string{"objectGUID", "member"}},
		{LDAPFilter: "(isDeleted=TRUE)", SearchScope: "Subtree", IncludeDeletedObjects: true, Properties: []string{"lastKnownParent"}},
		{LDAPFilter: "(objectClass=*)", SearchScope: "Base", IncludeDeletedObjects: true},
		{LDAPFilter: "(cn=a)", SearchScope: "OneLevel", Properties: []string{"member;range=0-1499", "cn"}},
	}
	for _, name := range []string{
		"O'Brien", "O’Brien", "‘a’ ‚b‛", "'", "''; Remove-Item x; '", "$HOME $(1+1)", "`n `$x", `say "hi"`, "“curly” „low“", "a|b;c&d>e#f", "{0} @{a=1} %x%",
		"-Filter *", "--%", `Sales\, EMEA`, `back\\slash`, "Müller 山田", "dash – — ―", "no\u00a0break",
	} {
		searches = append(searches, bound{
			Server: "dc1.corp.example", SearchBase: "OU=" + name + ",DC=corp,DC=example", SearchScope: "Subtree",
			LDAPFilter: "(&(cn=" + name + ")(!(description=" + name + "*)))", Properties: []string{"cn", name},
		})
	}
	var script strings.Builder
	script.WriteString("\uFEFF" + "[Console]::OutputEncoding = [Text.Encoding]::UTF8\n" + stub)
	for i := range searches {
		s := &searches[i]
		if s.Server == "" {
			s.Server, s.SearchBase = "dc1.corp.example", "DC=corp,DC=example"
		}
		if s.Properties == nil {
			s.Properties = []string{}
		}
		s.Rest = []string{}
		script.WriteString(directory.PowerShellLine(s.Server, s.SearchBase, s.SearchScope, s.LDAPFilter, s.IncludeDeletedObjects, s.Properties) + "\n")
	}
	file := filepath.Join(t.TempDir(), "lines.ps1")
	if err := os.WriteFile(file, []byte(script.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), engine, "-NoProfile", "-File", file).Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	decoder := json.NewDecoder(strings.NewReader(strings.TrimPrefix(string(out), "\uFEFF")))
	for i, want := range searches {
		var got bound
		if err := decoder.Decode(&got); err != nil {
			t.Fatalf("line %d of %d: %v\n%s", i+1, len(searches), err, out)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("line %d (-meant +understood):\n%s", i+1, diff)
		}
	}
	if decoder.More() {
		t.Errorf("one line ran something else beside\n%s", out)
	}
}
