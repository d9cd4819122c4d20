package commands

import (
	"strings"
	"testing"
)

// verdicts are the rules of an explanation that an object did not pass.
func verdicts(d map[string]any) []string {
	var failed []string
	entries, _ := d["rules"].([]any)
	for _, e := range entries {
		if v, is := e.(map[string]any); is && v["passed"] == false {
			rule, _ := v["rule"].(string)
			failed = append(failed, rule)
		}
	}
	return failed
}

// objectOf returns the text of a field of the object that was explained.
func objectOf(d map[string]any, field string) string {
	o, _ := d["object"].(map[string]any)
	text, _ := o[field].(string)
	return text
}

// TestExplain asks for people and groups by every name they have, wherever they
// are.
func TestExplain(t *testing.T) {
	w := newWorld(t)
	w.sandbox()
	w.must(ok, "central", "validate")

	ivy := w.must(ok, "explain", "ivy.ricci")
	if ivy["inScope"] != true || ivy["inDirectory"] != true || ivy["inCentral"] != false || len(verdicts(ivy)) > 0 {
		t.Errorf("before the first run: %v", ivy)
	}
	for _, who := range []string{
		`CORP\ivy.ricci`, "IVY.RICCI@corp.example", "Ivy Ricci", objectOf(ivy, "dn"), objectOf(ivy, "sid"), objectOf(ivy, "objectGuid"),
		"{" + strings.ToUpper(objectOf(ivy, "objectGuid")) + "}",
	} {
		if d := w.must(ok, "explain", who); objectOf(d, "objectGuid") != objectOf(ivy, "objectGuid") {
			t.Errorf("%s: %v", who, d["verdict"])
		}
	}
	w.must(ok, "approve", w.preview())
	w.must(ok, "apply")
	w.preview()
	ivy = w.must(ok, "explain", "ivy.ricci")
	if pending, _ := ivy["pending"].([]any); ivy["inCentral"] != true || ivy["asOf"] == nil || len(pending) > 0 {
		t.Errorf("after the first run: %v", ivy)
	}
	central, _ := ivy["central"].(map[string]any)
	id, _ := central["id"].(string)
	if d := w.must(ok, "explain", id); objectOf(d, "account") != "ivy.ricci" {
		t.Errorf("by the id of Central: %v", d["verdict"])
	}

	w.must(ok, "sandbox", "change", "disable", "ivy.ricci")
	w.preview()
	w.wantVerdict(t, "ivy.ricci", "disabled", "ivy.ricci", "remove")
	w.must(ok, "sandbox", "change", "delete", "ivy.ricci")
	for _, who := range []string{"ivy.ricci", "Ivy Ricci", objectOf(ivy, "dn"), objectOf(ivy, "objectGuid"), "ivy.ricci@corp.example"} {
		w.wantVerdict(t, who, "directory", "ivy.ricci", "remove")
	}
	w.must(ok, "config", "set", "exclude.users", "anna.silva")
	w.wantVerdict(t, "anna.silva", "excluded", "anna.silva", "")
	w.wantVerdict(t, "administrator", "system", "Administrator", "")
	w.refused(exitUsage, "usage.who.unknown", "explain", "nobody.at.all")

	group := w.must(ok, "explain", "CN=Sales,OU=Groups,DC=corp,DC=example")
	if group["inScope"] != true || objectOf(group, "class") != "group" {
		t.Errorf("a group: %v", group)
	}
	w.unreachable(t)
}

// wantVerdict checks which rule keeps somebody out, and what the newest plan has.
func (w *world) wantVerdict(t *testing.T, who, rule, account, pending string) {
	t.Helper()
	d := w.must(ok, "explain", who)
	failed := verdicts(d)
	if len(failed) != 1 || failed[0] != rule || d["inScope"] != false {
		t.Errorf("%s: not passed %v, want %s\n%v", who, failed, rule, d)
	}
	if !strings.EqualFold(objectOf(d, "account"), account) {
		t.Errorf("%s: explained %s", who, objectOf(d, "account"))
	}
	list, _ := d["pending"].([]any)
	var actions []string
	for _, p := range list {
		one, _ := p.(map[string]any)
		action, _ := one["action"].(string)
		actions = append(actions, action)
	}
	if pending != "" && (len(actions) == 0 || actions[0] != pending) {
		t.Errorf("%s: pending %v, want %s", who, actions, pending)
	}
}

// unreachable: without the directory what the ledger and the newest plan know is
// told, and no more.
func (w *world) unreachable(t *testing.T) {
	t.Helper()
	w.must(ok, "config", "set", "directory.port", "1")
	w.vars["ADSYNC_DIRECTORY_USER"], w.vars["ADSYNC_DIRECTORY_SECRET"] = "svc@corp.example", "geheim"
	d := w.must([]int{20}, "explain", "anna.silva@corp.example")
	if d["inDirectory"] != nil || d["inScope"] != nil || d["inCentral"] != true || d["unreachable"] == "" {
		t.Errorf("without the directory: %v", d)
	}
}
