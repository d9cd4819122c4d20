package commands

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"adsync/core/sandbox/tenant"
	"adsync/core/secret"
	"adsync/core/store"
)

// probed runs probe and returns its document and, by the names of its checks,
// their results with the codes of those that fail.
func (w *world) probed(exit int) (d map[string]any, results map[string]string) {
	w.t.Helper()
	d = w.must([]int{exit}, "probe")
	var doc probeDocument
	data, err := json.Marshal(d)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		w.t.Fatal(err)
	}
	if doc.Well != (exit == exitOK) {
		w.t.Errorf("well is %v with exit code %d", doc.Well, exit)
	}
	results = map[string]string{}
	for _, c := range doc.Checks {
		results[c.Name] = strings.TrimSpace(c.Result + " " + c.Code)
		if c.Result == checkFailed && (c.Text == "" || c.Hint == "" && len(doc.Next) == 0) {
			w.t.Errorf("%s fails and does not say why, or what to do: %+v", c.Name, c)
		}
	}
	return d, results
}

// TestProbe breaks one thing after the other that a run needs.
func TestProbe(t *testing.T) {
	w := newWorld(t)
	w.sandbox()
	w.must(ok, "central", "validate")
	all := map[string]string{
		"validation": "well", "scope": "well", "central.credential": "well", "central.signIn": "well",
		"central.whoAmI": "well", "central.read": "well", "directory": "well",
	}
	with := func(others ...string) map[string]string {
		want := map[string]string{}
		maps.Copy(want, all)
		for i := 0; i < len(others); i += 2 {
			want[others[i]] = others[i+1]
		}
		return want
	}
	look := func(why string, exit int, want map[string]string) map[string]any {
		t.Helper()
		d, got := w.probed(exit)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", why, diff)
		}
		return d
	}
	d := look("all is well", exitOK, all)
	if d["task"] != nil || fmt.Sprint(d["warnings"]) != "[]" {
		t.Errorf("without a schedule: %v, %v", d["task"], d["warnings"])
	}

	w.must(ok, "schedule", "set", "--daily", "02:00")
	d = look("the task's account is another", exitOK, all)
	if fmt.Sprint(d["task"]) != "map[account:SYSTEM same:false]" || !strings.Contains(fmt.Sprint(d["warnings"]), "probe.otherAccount") {
		t.Errorf("of the task it says %v and warns of %v", d["task"], d["warnings"])
	}
	me, err := w.env(nil, nil).Account()
	if err != nil {
		t.Fatal(err)
	}
	w.must(ok, "schedule", "set", "--daily", "02:00", "--account", me.Name)
	if d = look("the task's account is this one", exitOK, all); !strings.Contains(fmt.Sprint(d["task"]), "same:true") || fmt.Sprint(d["warnings"]) != "[]" {
		t.Errorf("of the task it says %v and warns of %v", d["task"], d["warnings"])
	}

	w.must(ok, "scope", "domain", "exclude", "corp.example", "--yes")
	look("nothing is in scope", exitConfig, with("scope", "failed config.scope.domains"))
	w.must(ok, "scope", "domain", "include", "corp.example")

	w.stdin = "geheim-wrong\n"
	w.must(ok, "credential", "set", "directory", "--user", "nobody@corp.example")
	look("the bind account is refused", 22, with("directory", "failed directory.bind.refused.password"))

	w.must(ok, "credential", "set", "central", "--user", "nobody")
	look("the credential is refused", exitConfig, with("directory", "failed directory.bind.refused.password", "validation", "failed config.central.notvalidated",
		"central.signIn", "failed central.credential.unknown", "central.whoAmI", "skipped", "central.read", "skipped"))
	w.must(ok, "credential", "remove", "central")
	look("there is no credential", 22, with("directory", "failed directory.bind.refused.password", "central.credential", "failed credential.missing",
		"central.signIn", "skipped", "central.whoAmI", "skipped", "central.read", "skipped"))
	if strings.Contains(w.all.String(), "geheim") {
		t.Error("a secret was printed")
	}
}

// TestProbeOfDevices: a credential that may not see endpoints is told before a run
// leaves devices out.
func TestProbeOfDevices(t *testing.T) {
	w := newWorld(t)
	s := w.central(tenant.Options{})
	w.must(ok, "central", "validate")
	look := func() string {
		d, _ := w.probed(exitConfig)
		return fmt.Sprint(d["checks"], d["warnings"])
	}
	if got := look(); strings.Contains(got, "central.devices") {
		t.Errorf("devices are off, and asked for: %s", got)
	}
	w.must(ok, "config", "set", "scope.devices.sync", "true")
	if got := look(); !strings.Contains(got, "central.devices") || strings.Contains(got, "device.unavailable") {
		t.Errorf("with endpoints shown: %s", got)
	}
	s.Tenant.Fault(tenant.Rule{Route: tenant.RouteEndpointGroups, Status: 403})
	if got := look(); !strings.Contains(got, "device.unavailable") {
		t.Errorf("with endpoints refused: %s", got)
	}
}

// TestProbeBindsNothing: a secret that was put into the store by other means is
// bound by a step that does something, and not by a look.
func TestProbeBindsNothing(t *testing.T) {
	w := newWorld(t)
	w.sandbox()
	w.must(ok, "central", "validate")
	p, err := store.Open(w.home, "sandbox", store.Options{Now: w.now})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close() }()
	bound := func() bool {
		var b binding
		known, err := p.Get(t.Context(), bindingKey(secret.Directory), &b)
		if err != nil {
			t.Fatal(err)
		}
		return known
	}
	if err := p.Unset(t.Context(), bindingKey(secret.Directory)); err != nil {
		t.Fatal(err)
	}
	w.probed(exitOK)
	if bound() {
		t.Error("a look has bound the secret")
	}
	w.must(ok, "directory", "validate")
	if !bound() {
		t.Error("the validation has not bound it")
	}
}

// TestProbeChangesNothing compares the profile before and after, but for its log.
func TestProbeChangesNothing(t *testing.T) {
	w := newWorld(t)
	w.sandbox()
	files := func() map[string]string {
		found := map[string]string{}
		for _, name := range []string{"config.json", "ledger.db", "approvers.jsonl", "plans", "approvals", "runs"} {
			err := filepath.WalkDir(filepath.Join(w.home, "sandbox", name), func(path string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return nil //nolint:nilerr // what is not there is not changed
				}
				data, err := os.ReadFile(path)
				found[path] = string(data)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		return found
	}
	before := files()
	if len(before) == 0 {
		t.Fatal("there is nothing to change")
	}
	w.probed(exitConfig)
	if d := cmp.Diff(before, files()); d != "" {
		t.Errorf("(-before +after):\n%s", d)
	}
	w.refused(exitConfig, "config.central.notvalidated", "preview")
}

// TestProbeShowsTheBudget: what one profile has used is gone for the other too,
// and looking costs what it takes to look.
func TestProbeShowsTheBudget(t *testing.T) {
	w := newWorld(t)
	s := w.central(tenant.Options{})
	w.must(ok, "central", "validate")
	w.vars["ADSYNC_PROFILE"] = "other"
	w.pointAt(s)
	w.must(ok, "config", "set", "rate.perHour", "50")
	d, _ := w.probed(exitConfig)
	budget := fmt.Sprint(d["budget"])
	// Three calls of central validate, and three of the probe itself.
	for _, want := range []string{"left:44 made:6 most:50 span:hour", "left:199994 made:6 most:200000 span:day"} {
		if !strings.Contains(budget, want) {
			t.Errorf("the budget is %s, want %s in it", budget, want)
		}
	}
}
