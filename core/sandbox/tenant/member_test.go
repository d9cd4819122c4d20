package tenant_test

import (
	"strings"
	"testing"
)

func TestMembershipWrites(t *testing.T) {
	ofStaff, ofBob, ofAnn := groups+"/{staff}/users", users+"/{bob}/groups", users+"/{ann}/groups"
	runWrites(t, map[string]write{
		"AddUsers": {
			why: "Who is a member already is no error and is not named.", method: "POST", path: ofStaff, body: `{"ids":["{bob}","{ann}"]}`, status: 201,
			want: `{"addedUsers":[{"id":"{bob}","name":"EX\\bob"}]}`, members: map[int][]int{staffN: {annN, bobN, adaN}},
		},
		"AddUnknownUser": {
			why: "All or none.", method: "POST", path: ofStaff, body: `{"ids":["{bob}","{nobody}"]}`, status: 404,
			members: map[int][]int{staffN: {annN, adaN}},
		},
		"AddManagedUser":     {why: "Managed users cannot be added.", method: "POST", path: ofStaff, body: `{"ids":["{bob}","{eve}"]}`, status: 409, want: conflict},
		"AddToManaged":       {why: "Nor can anyone to a managed group.", method: "POST", path: groups + "/{adGroup}/users", body: `{"ids":["{bob}"]}`, status: 409},
		"AddToUnknown":       {why: "No group has this id.", method: "POST", path: groups + "/{nobody}/users", body: `{"ids":["{bob}"]}`, status: 404},
		"AddNobody":          {why: "A list has something in it.", method: "POST", path: ofStaff, body: `{"ids":[]}`, status: 400},
		"AddTooMany":         {why: "At most a hundred ids.", method: "POST", path: ofStaff, body: strings.Replace(idBody("ids", 101), `"name":"New",`, "", 1), status: 400},
		"AddMost":            {why: "A hundred are looked for.", method: "POST", path: ofStaff, body: strings.Replace(idBody("ids", 100), `"name":"New",`, "", 1), status: 404},
		"AddWrongField":      {why: "The list is named ids.", method: "POST", path: ofStaff, body: `{"userIds":["{bob}"]}`, status: 400},
		"AddGroups":          {why: "The other side.", method: "POST", path: ofBob, body: `{"ids":["{empty}","{staff}"]}`, status: 201, want: `{"addedToGroups":[{"id":"{staff}"},{"id":"{empty}"}]}`, members: map[int][]int{staffN: {annN, bobN, adaN}, emptyN: {bobN}}},
		"AddGroupsAgain":     {why: "Adding again adds nothing.", method: "POST", path: ofAnn, body: `{"ids":["{staff}"]}`, status: 201, want: `{"addedToGroups":[]}`, members: map[int][]int{staffN: {annN, adaN}}},
		"AddUnknownGroup":    {why: "All or none.", method: "POST", path: ofBob, body: `{"ids":["{empty}","{nobody}"]}`, status: 404, members: map[int][]int{emptyN: {}}},
		"AddManagedGroup":    {why: "No managed group.", method: "POST", path: ofBob, body: `{"ids":["{empty}","{adGroup}"]}`, status: 409},
		"AddGroupsToManaged": {why: "No managed user.", method: "POST", path: users + "/{ada}/groups", body: `{"ids":["{empty}"]}`, status: 409},
		"AddGroupsToNobody":  {why: "Nobody has this id.", method: "POST", path: users + "/{nobody}/groups", body: `{"ids":["{empty}"]}`, status: 404},

		"RemoveUsers": {
			why: "Those that are members go, the others are named.", method: "DELETE", path: ofStaff + "?ids={ann},{bob},{nobody}", status: 200,
			want: `{"removedUsers":[{"id":"{ann}"}],"errors":{"usersNotFound":["{bob}","{nobody}"]}}`, members: map[int][]int{staffN: {adaN}},
		},
		"RemoveManagedUser":   {why: "A managed user is removed by nobody.", method: "DELETE", path: ofStaff + "?ids={ann},{ada}", status: 409, members: map[int][]int{staffN: {annN, adaN}}},
		"RemoveFromManaged":   {why: "Nor anyone from a managed group.", method: "DELETE", path: groups + "/{adGroup}/users?ids={bob}", status: 409},
		"RemoveFromUnknown":   {why: "No group has this id.", method: "DELETE", path: groups + "/{nobody}/users?ids={bob}", status: 404},
		"RemoveWithoutIDs":    {why: "Nobody is not everybody.", method: "DELETE", path: ofStaff, status: 400},
		"RemoveMost":          {why: "Fifty ids fit into an address.", method: "DELETE", path: ofStaff + "?ids=" + queryIDs(50), status: 200},
		"RemoveTooMany":       {why: "More do not.", method: "DELETE", path: ofStaff + "?ids=" + queryIDs(51), status: 400},
		"RemoveByBody":        {why: "The ids stand in the address.", method: "DELETE", path: ofStaff, body: `{"ids":["{ann}"]}`, status: 400},
		"RemoveRepeated":      {why: "In one parameter.", method: "DELETE", path: ofStaff + "?ids={ann}&ids={bob}", status: 400},
		"RemoveBadID":         {why: "An id is a UUID.", method: "DELETE", path: ofStaff + "?ids={ann},x", status: 400},
		"RemoveGroups":        {why: "The other side.", method: "DELETE", path: ofAnn + "?ids={staff},{empty},{nobody}", status: 200, want: `{"removedFromGroups":[{"id":"{staff}"}],"errors":{"groupsNotFound":["{empty}","{nobody}"]}}`, members: map[int][]int{staffN: {adaN}}},
		"RemoveGroupsManaged": {why: "A managed user stays.", method: "DELETE", path: users + "/{ada}/groups?ids={staff}", status: 409},
		"RemoveManagedGroup":  {why: "In a managed group one stays.", method: "DELETE", path: ofAnn + "?ids={staff},{adGroup}", status: 409},
		"RemoveGroupsNobody":  {why: "Nobody has this id.", method: "DELETE", path: users + "/{nobody}/groups?ids={staff}", status: 404},
		"RemoveGroupsBare":    {why: "Nothing is not everything.", method: "DELETE", path: ofAnn, status: 400},

		"RemoveUser":         {why: "One by one.", method: "DELETE", path: ofStaff + "/{ann}", status: 200, want: `{"removed":true}`, members: map[int][]int{staffN: {adaN}}},
		"RemoveStranger":     {why: "Who is no member is not found.", method: "DELETE", path: ofStaff + "/{bob}", status: 404},
		"RemoveNobody":       {why: "Nor who does not exist.", method: "DELETE", path: ofStaff + "/{nobody}", status: 404},
		"RemoveUserNowhere":  {why: "No group has this id.", method: "DELETE", path: groups + "/{nobody}/users/{ann}", status: 404},
		"RemoveOneManaged":   {why: "A managed user stays.", method: "DELETE", path: ofStaff + "/{ada}", status: 409},
		"RemoveGroup":        {why: "The other side.", method: "DELETE", path: ofAnn + "/{staff}", status: 200, want: `{"removed":true}`, members: map[int][]int{staffN: {adaN}}},
		"RemoveOtherGroup":   {why: "A group that one is not in is not found.", method: "DELETE", path: ofAnn + "/{empty}", status: 404},
		"RemoveGroupManaged": {why: "A managed user stays.", method: "DELETE", path: users + "/{ada}/groups/{staff}", status: 409},
		"RemoveAnyManaged":   {why: "So does the managed group.", method: "DELETE", path: ofBob + "/{adGroup}", status: 409},
	})
}
