package tenant_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"adsync/core/sandbox/tenant"
)

const (
	users  = tenant.RouteUsers
	groups = tenant.RouteGroups
)

// conflict is the shape of the API's errors that explain themselves.
const conflict = `{"error":"Conflict","message":"*","correlationId":"*","requestId":"*","createdAt":"*"}`

// idBody is a body with n ids that nobody has.
func idBody(name string, n int) string {
	list := make([]string, 0, n)
	for i := range n {
		list = append(list, fmt.Sprintf("%q", id(5000+i)))
	}
	return `{"name":"New","` + name + `":[` + strings.Join(list, ",") + `]}`
}

func queryIDs(n int) string {
	list := make([]string, 0, n)
	for i := range n {
		list = append(list, id(5000+i))
	}
	return strings.Join(list, ",")
}

// write is a call that changes something, or is refused. A refusal has to leave
// the tenant as it was.
type write struct {
	why          string
	method, path string
	body         string
	status       int
	want         string
	members      map[int][]int // the members that groups have afterwards
}

func runWrites(t *testing.T, cases map[string]write) {
	t.Helper()
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			usersBefore, groupsBefore := w.Users(), w.Groups()
			res := w.ask(t, tc.method, tc.path, tc.body)
			if res.Code != tc.status {
				t.Errorf("%s\nstatus %d, want %d: %s", tc.why, res.Code, tc.status, res.Body)
			}
			checkBody(t, tc.why, tc.want, res)
			if res.Code >= http.StatusBadRequest {
				if d := cmp.Diff(usersBefore, w.Users()) + cmp.Diff(groupsBefore, w.Groups()); d != "" {
					t.Errorf("%s\na refused call had an effect (-before +after):\n%s", tc.why, d)
				}
			}
			for group, want := range tc.members {
				if d := cmp.Diff(idsOf(want), members(w, id(group))); d != "" {
					t.Errorf("%s\nmembers of %d (-want +got):\n%s", tc.why, group, d)
				}
			}
			checkBothSides(t, w)
		})
	}
}

func idsOf(numbers []int) []string {
	list := make([]string, 0, len(numbers))
	for _, n := range numbers {
		list = append(list, id(n))
	}
	return list
}

func members(w *world, group string) []string {
	for _, g := range w.Groups() {
		if g.ID == group {
			return append([]string{}, g.Members...)
		}
	}
	return nil
}

// checkBothSides holds the memberships of users against those of groups.
func checkBothSides(t *testing.T, w *world) {
	t.Helper()
	var fromUsers, fromGroups []string
	for _, u := range w.Users() {
		for _, g := range u.Groups {
			fromUsers = append(fromUsers, g+" "+u.ID)
		}
	}
	for _, g := range w.Groups() {
		for _, u := range g.Members {
			fromGroups = append(fromGroups, g.ID+" "+u)
		}
	}
	slices.Sort(fromUsers)
	slices.Sort(fromGroups)
	if d := cmp.Diff(fromUsers, fromGroups); d != "" {
		t.Errorf("the sides of the memberships differ (-users +groups):\n%s", d)
	}
}

func TestUserWrites(t *testing.T) {
	runWrites(t, map[string]write{
		"Create": {
			why: "What is made through the API is custom.", method: "POST", path: users, status: 201,
			body: `{"name":"Nia","firstName":"N","lastName":"Ia","email":"nia@example.com","exchangeLogin":"EX\\nia","groupIds":["{empty}","{staff}"]}`,
			want: `{"id":"*","name":"Nia","firstName":"N","lastName":"Ia","email":"nia@example.com","exchangeLogin":"EX\\nia","domain":null,
				"groups":{"total":2,"itemsCount":2,"items":[{"id":"{staff}","name":"Staff"},{"id":"{empty}","name":"Empty"}]},
				"tenant":{"id":"*","name":"Sandbox"},"source":{"type":"custom"},
				"createdAt":"2026-11-24T10:00:00.000Z","updatedAt":"2026-11-24T10:00:00.000Z"}`,
		},
		"CreateNameOnly": {
			why: "Only the name is needed; what has no value is left out.", method: "POST", path: users, status: 201, body: `{"name":"Ann Lee"}`,
			want: `{"name":"Ann Lee","email":null,"firstName":null,"lastName":null,"exchangeLogin":null,"groups":{"total":0,"itemsCount":0,"items":[]}}`,
		},
		"CreateNameless":     {why: "A name is needed.", method: "POST", path: users, body: `{"email":"nia@example.com"}`, status: 400},
		"CreateEmptyName":    {why: "Empty texts are refused.", method: "POST", path: users, body: `{"name":""}`, status: 400},
		"CreateBlank":        {why: "Blanks are no name.", method: "POST", path: users, body: `{"name":" \t"}`, status: 400},
		"CreateEmptyEmail":   {why: "What there is none of is left out.", method: "POST", path: users, body: `{"name":"N","email":""}`, status: 400},
		"CreateNull":         {why: "null is no text.", method: "POST", path: users, body: `{"name":"N","email":null}`, status: 400},
		"CreateNumber":       {why: "Nor is a number.", method: "POST", path: users, body: `{"name":7}`, status: 400},
		"CreateNoAddress":    {why: "An address has two sides.", method: "POST", path: users, body: `{"name":"N","email":"nia"}`, status: 400},
		"CreateBadAddress":   {why: "And one @.", method: "POST", path: users, body: `{"name":"N","email":"n@a@example.com"}`, status: 400},
		"CreateLongName":     {why: "Lengths are limited.", method: "POST", path: users, body: `{"name":"` + strings.Repeat("ü", 257) + `"}`, status: 400},
		"CreateLongestName":  {why: "In characters, not bytes.", method: "POST", path: users, body: `{"name":"` + strings.Repeat("ü", 256) + `"}`, status: 201},
		"CreateWithSource":   {why: "The source cannot be set.", method: "POST", path: users, body: `{"name":"N","source":{"type":"activeDirectory"}}`, status: 400},
		"CreateWithDomain":   {why: "Nor the domain.", method: "POST", path: users, body: `{"name":"N","domain":"example.com"}`, status: 400},
		"CreateCase":         {why: "Names of fields are exact.", method: "POST", path: users, body: `{"Name":"N"}`, status: 400},
		"CreateTakenEmail":   {why: "An address is unique, whatever its case.", method: "POST", path: users, body: `{"name":"N","email":"ANN@Example.com"}`, status: 409, want: conflict},
		"CreateManagedEmail": {why: "Also among managed users.", method: "POST", path: users, body: `{"name":"N","email":"ada@corp.example"}`, status: 409},
		"CreateIntoUnknown":  {why: "All groups have to exist.", method: "POST", path: users, body: `{"name":"N","groupIds":["{staff}","{nobody}"]}`, status: 404},
		"CreateIntoManaged":  {why: "And be ours.", method: "POST", path: users, body: `{"name":"N","groupIds":["{staff}","{adGroup}"]}`, status: 409},
		"CreateNoGroups":     {why: "A list has something in it.", method: "POST", path: users, body: `{"name":"N","groupIds":[]}`, status: 400},
		"CreateBadGroup":     {why: "An id is a UUID.", method: "POST", path: users, body: `{"name":"N","groupIds":["staff"]}`, status: 400},
		"CreateGroupTwice":   {why: "Ids do not repeat.", method: "POST", path: users, body: `{"name":"N","groupIds":["{staff}","{staff}"]}`, status: 400},
		"CreateGroupsText":   {why: "A list is a list.", method: "POST", path: users, body: `{"name":"N","groupIds":"{staff}"}`, status: 400},
		"CreateMostGroups":   {why: "A hundred ids are taken.", method: "POST", path: users, body: idBody("groupIds", 100), status: 404},
		"CreateManyGroups":   {why: "More are not.", method: "POST", path: users, body: idBody("groupIds", 101), status: 400},

		"Patch": {
			why: "Only what is named changes.", method: "PATCH", path: users + "/{ann}", body: `{"lastName":"Low"}`, status: 200,
			want: `{"id":"{ann}","name":"Ann Lee","lastName":"Low","email":"ann@example.com"}`,
		},
		"PatchOwnEmail":   {why: "One's own address is free.", method: "PATCH", path: users + "/{ann}", body: `{"email":"Ann@Example.com"}`, status: 200, want: `{"email":"Ann@Example.com"}`},
		"PatchNewEmail":   {why: "An address can be given later.", method: "PATCH", path: users + "/{bob}", body: `{"email":"bob@example.com"}`, status: 200, want: `{"email":"bob@example.com"}`},
		"PatchTakenEmail": {why: "But not another's.", method: "PATCH", path: users + "/{bob}", body: `{"name":"B","email":"ANN@example.com"}`, status: 409, want: conflict},
		"PatchAdmin":      {why: "An administrator signs in with it.", method: "PATCH", path: users + "/{root}", body: `{"email":"r2@example.com"}`, status: 409},
		"PatchAdminName":  {why: "The name is free.", method: "PATCH", path: users + "/{root}", body: `{"name":"R2"}`, status: 200},
		"PatchManaged":    {why: "What Active Directory manages is not ours.", method: "PATCH", path: users + "/{ada}", body: `{"name":"A"}`, status: 409, want: conflict},
		"PatchEntra":      {why: "Nor what Entra manages.", method: "PATCH", path: users + "/{eve}", body: `{"name":"E"}`, status: 409},
		"PatchUnknown":    {why: "Nobody has this id.", method: "PATCH", path: users + "/{nobody}", body: `{"name":"N"}`, status: 404, want: `{"error":"NotFound","message":"*"}`},
		"PatchNothing":    {why: "A patch has something in it.", method: "PATCH", path: users + "/{ann}", body: `{}`, status: 400},
		"PatchEmpty":      {why: "Nobody has said that a value can be cleared.", method: "PATCH", path: users + "/{ann}", body: `{"lastName":""}`, status: 400},
		"PatchNull":       {why: "Nor with null.", method: "PATCH", path: users + "/{ann}", body: `{"lastName":null}`, status: 400},
		"PatchGroups":     {why: "Groups are not part of a patch.", method: "PATCH", path: users + "/{ann}", body: `{"groupIds":["{empty}"]}`, status: 400},

		"Delete": {
			why: "Memberships end with the user.", method: "DELETE", path: users + "/{ann}", status: 200, want: `{"deleted":true}`,
			members: map[int][]int{staffN: {adaN}},
		},
		"DeleteCapital": {why: "Ids are compared without case.", method: "DELETE", path: users + "/" + strings.ToUpper(id(bobN)), status: 200, want: `{"deleted":true}`},
		"DeleteUnknown": {why: "A user that is not there is deleted.", method: "DELETE", path: users + "/{nobody}", status: 200, want: `{"deleted":true}`},
		"DeleteManaged": {why: "What Active Directory manages stays.", method: "DELETE", path: users + "/{ada}", status: 409, want: conflict},
		"DeleteEntra":   {why: "And what Entra manages.", method: "DELETE", path: users + "/{eve}", status: 409},
		"DeleteAdmin":   {why: "Nobody has said that administrators can go.", method: "DELETE", path: users + "/{root}", status: 409},
	})
}

func TestGroupWrites(t *testing.T) {
	runWrites(t, map[string]write{
		"Create": {
			why: "A group may begin with members.", method: "POST", path: groups, status: 201,
			body: `{"name":"New","description":"Of late","userIds":["{bob}","{ann}"]}`,
			want: `{"id":"*","name":"New","description":"Of late","source":{"type":"custom"},"tenant":{"id":"*","name":"Sandbox"},
				"users":{"total":2,"itemsCount":2,"items":[{"id":"{ann}","name":"Ann Lee"},{"id":"{bob}","name":"EX\\bob"}]},
				"createdAt":"2026-11-24T10:00:00.000Z","updatedAt":"2026-11-24T10:00:00.000Z"}`,
		},
		"CreateNameOnly":     {why: "Only the name is needed.", method: "POST", path: groups, body: `{"name":"New"}`, status: 201, want: `{"description":null,"users":{"total":0,"itemsCount":0,"items":[]}}`},
		"CreateNameless":     {why: "A name is needed.", method: "POST", path: groups, body: `{"description":"x"}`, status: 400},
		"CreateNoText":       {why: "An empty description is refused, as was seen.", method: "POST", path: groups, body: `{"name":"New","description":""}`, status: 400},
		"CreateLong":         {why: "Lengths are limited.", method: "POST", path: groups, body: `{"name":"New","description":"` + strings.Repeat("x", 1025) + `"}`, status: 400},
		"CreateUnknownField": {why: "Unknown fields are refused.", method: "POST", path: groups, body: `{"name":"New","displayName":"New"}`, status: 400},
		"CreateTaken":        {why: "Names are unique, whatever their case.", method: "POST", path: groups, body: `{"name":"sTAFF"}`, status: 409, want: conflict},
		"CreateTakenManaged": {why: "Also among managed groups.", method: "POST", path: groups, body: `{"name":"domain users"}`, status: 409},
		"CreateUnknownUser":  {why: "All users have to exist.", method: "POST", path: groups, body: `{"name":"New","userIds":["{bob}","{nobody}"]}`, status: 404},
		"CreateManagedUser":  {why: "And be ours.", method: "POST", path: groups, body: `{"name":"New","userIds":["{bob}","{eve}"]}`, status: 409},
		"CreateManyUsers":    {why: "At most a hundred ids.", method: "POST", path: groups, body: idBody("userIds", 101), status: 400},

		"Patch":          {why: "Only what is named changes.", method: "PATCH", path: groups + "/{staff}", body: `{"name":"Team"}`, status: 200, want: `{"name":"Team","description":"All of us","users":{"total":2}}`},
		"PatchText":      {why: "The description too.", method: "PATCH", path: groups + "/{staff}", body: `{"description":"Us"}`, status: 200, want: `{"name":"Staff","description":"Us"}`},
		"PatchOwnName":   {why: "One's own name is free.", method: "PATCH", path: groups + "/{staff}", body: `{"name":"STAFF"}`, status: 200, want: `{"name":"STAFF"}`},
		"PatchTaken":     {why: "But not another's.", method: "PATCH", path: groups + "/{staff}", body: `{"name":"EMPTY"}`, status: 409, want: conflict},
		"PatchManaged":   {why: "What Active Directory manages is not ours.", method: "PATCH", path: groups + "/{adGroup}", body: `{"name":"Mine"}`, status: 409},
		"PatchUnknown":   {why: "No group has this id.", method: "PATCH", path: groups + "/{nobody}", body: `{"name":"N"}`, status: 404},
		"PatchEmpty":     {why: "Empty texts are refused.", method: "PATCH", path: groups + "/{staff}", body: `{"description":""}`, status: 400},
		"PatchNothing":   {why: "A patch has something in it.", method: "PATCH", path: groups + "/{staff}", body: `{}`, status: 400},
		"PatchMembers":   {why: "Members are not part of a patch.", method: "PATCH", path: groups + "/{staff}", body: `{"userIds":["{bob}"]}`, status: 400},
		"Delete":         {why: "An empty group can go.", method: "DELETE", path: groups + "/{empty}", status: 200, want: `{"deleted":true}`},
		"DeleteFull":     {why: "A group with members cannot.", method: "DELETE", path: groups + "/{staff}", status: 409, want: conflict},
		"DeleteManaged":  {why: "Nor a managed one.", method: "DELETE", path: groups + "/{adGroup}", status: 409},
		"DeleteUnknown":  {why: "Of groups nobody has said that deleting is repeatable.", method: "DELETE", path: groups + "/{nobody}", status: 404},
		"UserIsNoGroup":  {why: "Users and groups have ids of their own.", method: "PATCH", path: groups + "/{ann}", body: `{"name":"N"}`, status: 404},
		"CreateListText": {why: "A list is not null.", method: "POST", path: groups, body: `{"name":"New","userIds":[null]}`, status: 400},
	})
}
