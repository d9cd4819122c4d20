package tenant_test

import (
	"net/http"
	"testing"

	"adsync/core/sandbox/tenant"
)

func TestReads(t *testing.T) {
	const byID = "sort=id:asc"
	cases := map[string]struct {
		why    string
		path   string
		status int
		want   string
	}{
		"User": {
			why: "One user, whole.", path: users + "/{ann}", status: 200,
			want: `{"id":"{ann}","name":"Ann Lee","firstName":"Ann","lastName":"Lee","email":"ann@example.com","exchangeLogin":"EX\\ann","domain":null,
				"groups":{"total":1,"itemsCount":1,"items":[{"id":"{staff}","name":"Staff"}]},"tenant":{"id":"*","name":"Sandbox"},
				"source":{"type":"custom"},"createdAt":"2026-11-24T10:00:00.000Z","updatedAt":"2026-11-24T10:00:00.000Z"}`,
		},
		"ManagedUser": {why: "A managed user has a domain.", path: users + "/{ada}", status: 200, want: `{"source":{"type":"activeDirectory"},"domain":"corp.example"}`},
		"UserFields":  {why: "Part of one user.", path: users + "/{ann}?fields=id,name", status: 200, want: `{"id":"{ann}","name":"Ann Lee","email":null,"groups":null,"source":null}`},
		"NoUser":      {why: "Nobody has this id.", path: users + "/{nobody}", status: 404, want: `{"error":"NotFound"}`},
		"BadFields":   {why: "Fields are known by name.", path: users + "/{ann}?fields=role", status: 400},
		"Group": {
			why: "One group: the members are cut, the total is not.", path: groups + "/{crowd}", status: 200,
			want: `{"id":"{crowd}","name":"Crowd","users":{"total":12,"itemsCount":10,"items":["*","*","*","*","*","*","*","*","*","*"]}}`,
		},
		"NoGroup":     {why: "No group has this id.", path: groups + "/{nobody}", status: 404},
		"GroupFields": {why: "Of one group nobody has said that parts can be had.", path: groups + "/{crowd}?fields=id", status: 400},

		"Page":        {why: "Without pageTotal nobody says how much there is.", path: users + "?pageSize=2&" + byID, status: 200, want: `{"items":[{"id":"{ann}"},{"id":"{bob}"}],"pages":{"current":1,"size":2,"maxSize":100,"total":null,"items":null}}`},
		"NoPageTotal": {why: "Nor with false.", path: users + "?pageTotal=false", status: 200, want: `{"pages":{"current":1,"size":50,"total":null,"items":null}}`},
		"Total":       {why: "total counts pages, items items.", path: users + "?pageSize=2&page=2&pageTotal=true&" + byID, status: 200, want: `{"items":[{"id":"{ada}"},{"id":"{eve}"}],"pages":{"current":2,"size":2,"total":9,"items":17,"maxSize":100}}`},
		"Last":        {why: "The last page is short.", path: users + "?pageSize=3&page=6&" + byID, status: 200, want: `{"items":["*","*"]}`},
		"PastTheEnd":  {why: "Past the end there is an empty page.", path: users + "?page=7&pageSize=3&pageTotal=true", status: 200, want: `{"items":[],"pages":{"current":7,"total":6,"items":17}}`},
		"Largest":     {why: "A hundred is the most.", path: users + "?pageSize=100", status: 200, want: `{"pages":{"size":100}}`},
		"TooLarge":    {why: "More is refused, not cut.", path: users + "?pageSize=101", status: 400, want: `{"error":"BadRequest","message":"*"}`},
		"NoSize":      {why: "A page has items.", path: users + "?pageSize=0", status: 400},
		"PageZero":    {why: "Pages count from 1.", path: users + "?page=0", status: 400},
		"PageWord":    {why: "And are numbers.", path: users + "?page=one", status: 400},
		"TotalWord":   {why: "pageTotal is true or false.", path: users + "?pageTotal=1", status: 400},
		"FromKey":     {why: "Directory lists do not page by key.", path: users + "?pageFromKey=x", status: 400},
		"Twice":       {why: "A parameter stands once.", path: users + "?page=1&page=2", status: 400},

		"SortDown":     {why: "Backwards.", path: users + "?sort=id:desc&pageSize=1", status: 200, want: `{"items":[{"name":"Extra 22"}]}`},
		"SortName":     {why: "By name, then by id.", path: users + "?sort=name:asc,id:asc&pageSize=3", status: 200, want: `{"items":[{"name":"Ada"},{"name":"Ann Lee"},{"name":"Eve"}]}`},
		"SortEmail":    {why: "By address.", path: users + "?sort=email:desc&pageSize=1", status: 200, want: `{"items":[{"name":"Root"}]}`},
		"SortUnknown":  {why: "By what there is.", path: users + "?sort=domain:asc", status: 400},
		"SortBare":     {why: "With a direction.", path: users + "?sort=id", status: 400},
		"SortWrong":    {why: "One of two.", path: users + "?sort=id:up", status: 400},
		"GroupsByMail": {why: "Groups have fewer keys.", path: groups + "?sort=email:asc", status: 400},

		"IDs":        {why: "Unknown ids are no error: they are not there.", path: users + "?ids={bob},{nobody},{ann}&" + byID, status: 200, want: `{"items":[{"id":"{ann}"},{"id":"{bob}"}]}`},
		"IDsMost":    {why: "Fifty ids.", path: users + "?ids=" + queryIDs(50), status: 200, want: `{"items":[]}`},
		"IDsTooMany": {why: "Not more.", path: users + "?ids=" + queryIDs(51), status: 400},
		"IDsBad":     {why: "UUIDs.", path: users + "?ids=x", status: 400},
		"IDsGroup":   {why: "Filters narrow one another.", path: users + "?ids={ann},{bob}&groupId={staff}", status: 200, want: `{"items":[{"id":"{ann}"}]}`},

		"Search":        {why: "The name is searched, in parts and without case.", path: users + "?search=e&" + byID + "&sourceType=custom&pageSize=3", status: 200, want: `{"items":[{"name":"Ann Lee"},{"name":"EX\\bob"},{"name":"Extra 11"}]}`},
		"SearchMail":    {why: "Another field.", path: users + "?search=NN@exa&searchFields=email", status: 200, want: `{"items":[{"id":"{ann}"}]}`},
		"SearchLogin":   {why: "Several fields.", path: users + `?search=ex%5Cann&searchFields=name,exchangeLogin`, status: 200, want: `{"items":[{"id":"{ann}"}]}`},
		"SearchNot":     {why: "The address is not searched unless asked.", path: users + "?search=example.com", status: 200, want: `{"items":[]}`},
		"SearchUnknown": {why: "Fields are known by name.", path: users + "?search=x&searchFields=domain", status: 400},
		"SearchNothing": {why: "Fields alone search nothing.", path: users + "?searchFields=email", status: 400},
		"SearchGroups":  {why: "A group by its description.", path: groups + "?search=of%20us&searchFields=description", status: 200, want: `{"items":[{"id":"{staff}"}]}`},

		"Source":        {why: "By source.", path: users + "?sourceType=azureActiveDirectory", status: 200, want: `{"items":[{"id":"{eve}"}]}`},
		"SourceUnknown": {why: "Of three.", path: users + "?sourceType=google", status: 400},
		"SourceGroups":  {why: "Groups too.", path: groups + "?sourceType=activeDirectory", status: 200, want: `{"items":[{"id":"{adGroup}"}]}`},
		"Domain":        {why: "By domain.", path: users + "?domain=CORP.example", status: 200, want: `{"items":[{"id":"{ada}"}]}`},
		"OfGroup":       {why: "Members by filter.", path: users + "?groupId={staff}&" + byID, status: 200, want: `{"items":[{"id":"{ann}"},{"id":"{ada}"}]}`},
		"OfNoGroup":     {why: "A filter that nothing fits.", path: users + "?groupId={nobody}", status: 200, want: `{"items":[]}`},
		"OfUser":        {why: "Groups by filter.", path: groups + "?userId={ada}&" + byID, status: 200, want: `{"items":[{"id":"{staff}"},{"id":"{adGroup}"}]}`},
		"GroupOfGroup":  {why: "Groups have no groupId.", path: groups + "?groupId={staff}", status: 400},
		"ListFields":    {why: "Parts of a list.", path: groups + "?fields=name&sort=name:asc&pageSize=1", status: 200, want: `{"items":[{"name":"Crowd","id":null,"users":null}]}`},
		"GroupsPage":    {why: "Groups page as users do.", path: groups + "?pageTotal=true&pageSize=3&" + byID, status: 200, want: `{"items":[{"id":"{staff}"},{"id":"{empty}"},{"id":"{adGroup}"}],"pages":{"current":1,"size":3,"total":2,"items":4,"maxSize":100}}`},
		"GroupsTooWide": {why: "A hundred is the most.", path: groups + "?pageSize=101", status: 400},

		"Members":         {why: "Whole users.", path: groups + "/{staff}/users?pageTotal=true&" + byID, status: 200, want: `{"items":[{"id":"{ann}","email":"ann@example.com"},{"id":"{ada}"}],"pages":{"total":1,"items":2}}`},
		"MembersPage":     {why: "In pages.", path: groups + "/{crowd}/users?page=2&pageSize=10&" + byID, status: 200, want: `{"items":[{"name":"Extra 21"},{"name":"Extra 22"}]}`},
		"MembersFiltered": {why: "With the filters of users.", path: groups + "/{staff}/users?sourceType=activeDirectory", status: 200, want: `{"items":[{"id":"{ada}"}]}`},
		"MembersNone":     {why: "An empty group.", path: groups + "/{empty}/users?pageTotal=true", status: 200, want: `{"items":[],"pages":{"total":0,"items":0}}`},
		"MembersUnknown":  {why: "No group has this id.", path: groups + "/{nobody}/users", status: 404},
		"MembersIDs":      {why: "Nobody has said that members can be had by id.", path: groups + "/{staff}/users?ids={ann}", status: 400},
		"GroupsOfUser":    {why: "Whole groups.", path: users + "/{ada}/groups?" + byID, status: 200, want: `{"items":[{"id":"{staff}","description":"All of us"},{"id":"{adGroup}"}]}`},
		"GroupsOfNobody":  {why: "Nobody has this id.", path: users + "/{nobody}/groups", status: 404},
		"GroupsOfUserIn":  {why: "Searched.", path: users + "/{ada}/groups?search=dom", status: 200, want: `{"items":[{"id":"{adGroup}"}]}`},
		"GroupsOfFields":  {why: "Whole ones only.", path: users + "/{ada}/groups?fields=id", status: 400},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			res := w.ask(t, http.MethodGet, tc.path, "")
			if res.Code != tc.status {
				t.Errorf("%s\nstatus %d, want %d: %s", tc.why, res.Code, tc.status, res.Body)
			}
			checkBody(t, tc.why, tc.want, res)
		})
	}
}

// A client that does not sort must not get through by luck.
func TestUnsortedPagesDoNotFitTogether(t *testing.T) {
	w := newWorld(t, nil)
	read := func(query string) int {
		seen := map[string]bool{}
		for _, page := range []string{"1", "2", "3", "4"} {
			items, _ := decode(t, w.ask(t, http.MethodGet, users+"?pageSize=5&page="+page+query, ""))["items"].([]any)
			for _, item := range items {
				user, _ := item.(map[string]any)
				text, _ := user["id"].(string)
				seen[text] = true
			}
		}
		return len(seen)
	}
	if n := read("&sort=id:asc"); n != 17 {
		t.Errorf("%d users in order, want 17", n)
	}
	if n := read(""); n == 17 {
		t.Error("pages without an order showed every user")
	}
}

func TestMembersTouch(t *testing.T) {
	cases := map[string]struct {
		why     string
		touch   bool
		updated string
	}{
		"Still": {why: "Nobody has said that memberships move the time.", updated: "2026-11-24T10:00:00.000Z"},
		"Moved": {why: "They may.", touch: true, updated: "2026-11-24T10:00:01.000Z"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(o *tenant.Options) { o.MembersTouch = tc.touch })
			w.clock.advance(1e9)
			if res := w.ask(t, http.MethodPost, groups+"/{empty}/users", `{"ids":["{bob}"]}`); res.Code != http.StatusCreated {
				t.Fatalf("status %d", res.Code)
			}
			checkBody(t, tc.why, `{"updatedAt":"`+tc.updated+`"}`, w.ask(t, http.MethodGet, groups+"/{empty}", ""))
			checkBody(t, tc.why, `{"updatedAt":"`+tc.updated+`"}`, w.ask(t, http.MethodGet, users+"/{bob}", ""))
			if res := w.ask(t, http.MethodDelete, users+"/{ann}", ""); res.Code != http.StatusOK {
				t.Fatalf("status %d", res.Code)
			}
			checkBody(t, tc.why, `{"updatedAt":"`+tc.updated+`"}`, w.ask(t, http.MethodGet, groups+"/{staff}", ""))
		})
	}
}
