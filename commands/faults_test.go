package commands

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"adsync/core/apply"
	"adsync/core/central"
	"adsync/core/identity"
	"adsync/core/sandbox/tenant"
	"adsync/core/sandbox/tenanttest"
)

// troubled is a world whose Central has faults, with the first plan approved.
func troubled(t *testing.T) (w *world, s *tenanttest.Server, plan string) {
	t.Helper()
	w = newWorld(t)
	w.sandbox()
	s = w.central(tenant.Options{})
	w.must(ok, "central", "validate")
	plan = w.preview()
	w.must(ok, "approve", plan)
	return w, s, plan
}

// whole fails the test unless Central has everybody once, everything is done,
// and a new preview has nothing to change.
func (w *world) whole(s *tenanttest.Server) {
	w.t.Helper()
	seen := map[string]bool{}
	links := w.links()
	users := w.users(s)
	for _, u := range users {
		if seen[u.Fields.ExchangeLogin] {
			w.t.Errorf("%s was made twice", u.Fields.ExchangeLogin)
		}
		seen[u.Fields.ExchangeLogin] = true
		if links[u.ID].CentralID == "" {
			w.t.Errorf("%s is in Central and not in the ledger", u.Fields.ExchangeLogin)
		}
	}
	if len(users) < 150 {
		w.t.Errorf("Central has %d users", len(users))
	}
	d := w.must(ok, "preview")
	if changes, isList := d["changes"].([]any); !isList || len(changes) > 0 {
		w.t.Errorf("changes are left: %v", d["changes"])
	}
}

// plans counts the files that previews have left.
func (w *world) plans() int {
	w.t.Helper()
	files, err := filepath.Glob(filepath.Join(w.home, "sandbox", "plans", "*"))
	if err != nil {
		w.t.Fatal(err)
	}
	return len(files)
}

// ended runs a step that ends early with a run, and returns the run's error.
func (w *world) ended(exit int, code, outcome string, args ...string) map[string]any {
	w.t.Helper()
	d := w.must([]int{exit}, args...)
	e, isError := d["error"].(map[string]any)
	if d["outcome"] != outcome || !isError || e["code"] != code || e["hint"] == "" {
		w.t.Fatalf("%v: outcome %v, error %v; want %s, %s and a hint", args, d["outcome"], d["error"], outcome, code)
	}
	return d
}

const refusedSecret = `{"errorCode":"oauth.invalid_client_secret","message":"Unauthorized","trackingId":"x"}`

func TestTokenEndsInTheMiddle(t *testing.T) {
	w, s, plan := troubled(t)

	// A token that ends early is renewed, and nobody notices.
	s.Tenant.Fault(tenant.Rule{Method: http.MethodGet, Route: tenant.RouteGroups, Times: 1, Status: http.StatusUnauthorized})
	w.must(ok, "preview", "--summary", "--no-save")

	// A secret that was withdrawn ends the preview, and leaves no plan.
	s.Tenant.ClearFaults()
	s.Tenant.Fault(tenant.Rule{Method: http.MethodGet, Route: tenant.RouteGroups, Status: http.StatusUnauthorized})
	s.Tenant.Fault(tenant.Rule{Route: tenant.RouteToken, After: 1, Status: http.StatusUnauthorized, Body: refusedSecret})
	before := w.plans()
	w.refused(22, "central.credential.refused", "preview")
	if n := w.plans(); n != before {
		t.Errorf("%d files in plans, before the preview that failed %d", n, before)
	}

	// Once in apply, it is renewed there too; withdrawn, the run stops at once.
	s.Tenant.ClearFaults()
	s.Tenant.Fault(tenant.Rule{Method: http.MethodPost, Route: tenant.RouteUsers, After: 20, Times: 1, Status: http.StatusUnauthorized})
	s.Tenant.Fault(tenant.Rule{Method: http.MethodPost, Route: tenant.RouteUsers, After: 30, Status: http.StatusUnauthorized})
	s.Tenant.Fault(tenant.Rule{Route: tenant.RouteToken, After: 2, Status: http.StatusUnauthorized, Body: refusedSecret})
	s.Tenant.Reset()
	w.ended(22, "central.credential.refused", "interrupted", "apply", plan)
	if n := s.Tenant.Count(http.MethodPost, tenant.RouteToken); n != 3 {
		t.Errorf("%d tokens were asked for, want one, one more, and one that was refused", n)
	}
	w.must([]int{exitPartial}, "status", "--check")
	s.Tenant.ClearFaults()

	// Revoked meanwhile, the run does not go on; a new plan has what is left.
	w.must(ok, "revoke", plan)
	s.Tenant.Reset()
	w.refused(12, "approval.revoked", "run", "resume")
	w.refused(12, "approval.revoked", "apply", plan)
	if n := s.Tenant.Total(); n > 0 {
		t.Errorf("%d calls under a revoked approval", n)
	}
	plan = w.preview()
	w.must(ok, "approve", plan)
	if d := w.must(ok, "apply", plan); d["outcome"] != "done" {
		t.Fatalf("what was left: %v", d["outcome"])
	}
	w.whole(s)
}

// TestCentralDies cuts every connection from some call of apply on.
func TestCentralDies(t *testing.T) {
	w, s, plan := troubled(t)
	s.Tenant.Fault(tenant.Rule{Method: http.MethodPost, Route: tenant.RouteUsers, After: 30, CutAfter: true})
	s.Tenant.Fault(tenant.Rule{Method: http.MethodGet, Route: tenant.RouteUsers, After: 10, CutBefore: true})
	s.Tenant.Fault(tenant.Rule{Method: http.MethodGet, Route: tenant.RouteUser, CutBefore: true})
	w.ended(21, "central.unreachable", "interrupted", "apply", plan)

	s.Tenant.ClearFaults()
	// apply of the plan goes on with the run that was broken off.
	d := w.must(ok, "apply", plan)
	if d["outcome"] != "done" {
		t.Fatalf("resumed: %v", d["outcome"])
	}
	if runs, isList := w.must(ok, "run", "list")["runs"].([]any); !isList || len(runs) != 1 {
		t.Errorf("runs %v, want one", runs)
	}
	w.whole(s)
}

// TestDirectoryDiesBeforeARemoval removes nobody whom the directory cannot be
// asked about again.
func TestDirectoryDiesBeforeARemoval(t *testing.T) {
	w, s, plan := troubled(t)
	w.must(ok, "apply", plan)
	w.must(ok, "sandbox", "change", "delete", "anna.silva")
	w.must(ok, "sandbox", "change", "add", "Nora Lind", "--account", "nlind", "--mail", "nlind@corp.example")
	plan = w.preview()
	w.must(ok, "approve", plan)
	port := w.must(ok, "config", "set", "directory.port", "1")["before"]
	s.Tenant.Reset()
	d := w.must([]int{exitPartial}, "apply", plan)
	if e := errorsOf(t, d)["skipped"]; !slices.Equal(e, []string{"directory.unreachable"}) {
		t.Errorf("what was skipped was for %v", e)
	}
	if n := s.Tenant.Count(http.MethodDelete, tenant.RouteUser); n > 0 {
		t.Errorf("%d removals were sent", n)
	}
	w.must(ok, "config", "set", "directory.port", fmt.Sprintf("%.0f", port))
	d = w.must(ok, "run", "resume")
	if d["outcome"] != "done" {
		t.Fatalf("resumed: %v", d["outcome"])
	}
	w.whole(s)
	for _, u := range w.users(s) {
		if u.Fields.Email == "anna.silva@corp.example" {
			t.Error("she is still there")
		}
	}
}

// errorsOf are the error codes of a run's results, by outcome.
func errorsOf(t *testing.T, d map[string]any) map[string][]string {
	t.Helper()
	data, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var r apply.Run
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	codes := map[string][]string{}
	for _, result := range r.Results {
		if result.Error == nil {
			continue
		}
		o := string(result.Outcome)
		if !slices.Contains(codes[o], result.Error.Code) {
			codes[o] = append(codes[o], result.Error.Code)
		}
	}
	return codes
}

// users lists who is in Central.
func (w *world) users(s *tenanttest.Server) []identity.CentralUser {
	w.t.Helper()
	c, err := central.New(central.Options{
		IdentityURL: s.URL, GlobalURL: s.URL, CAFile: s.CAFile,
		ClientID: s.ClientID, Secret: func() string { return s.Secret }, Now: time.Now,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	users, err := c.Users(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return users
}
