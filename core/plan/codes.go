package plan

// Code is an entry of the tables of rules and causes: README prints them from
// here, and a test compares.
type Code struct {
	Code    string
	Meaning string
}

// Rules are the codes of what holds a change back.
var Rules = []Code{
	{RuleLimitRemovals, "more removals than the limit lets through"},
	{RuleLimitMemberships, "more membership removals than the limit lets through"},
	{RuleLimitUpdates, "more updates than the limit lets through"},
	{RuleIncomplete, "the read behind it was not complete"},
	{RuleBaseMissing, "a search base, or a group that a filter names, is not there any more"},
	{RuleLag, "another domain controller answered than last time, and no second one confirms the change"},
	{RuleMatched, "Central holds an object of the same address, account or name that is not ours"},
	{RuleManaged, "another directory service manages the object in Central"},
	{RuleProtected, "the protect list names it"},
	{RuleForeignMembers, "the group holds members that are not ours"},
	{RuleValueTaken, "another object of Central keeps the address or the name"},
	{RuleDuplicateMail, "two people of the directory have this address"},
	{RuleDuplicateName, "two groups of the directory have this name"},
	{RuleOwnedElsewhere, "another profile of this machine owns the object in Central"},
	{RuleElsewhere, "the device sits in a group of Central that adsync did not put it into; a person moves it"},
	{RuleSeveralGroups, "the device belongs to several groups, and none of them goes first"},
	{RuleNeeds, "it needs a change that is held or not approved"},
}

// The rules that hold a change.
const (
	RuleLimitRemovals    = "limit.removals"
	RuleLimitMemberships = "limit.membershipRemovals"
	RuleLimitUpdates     = "limit.updates"
	RuleIncomplete       = "read.incomplete"
	RuleBaseMissing      = "base.missing"
	RuleLag              = "directory.lag"
	RuleMatched          = "matched"
	RuleManaged          = "managed"
	RuleProtected        = "protected"
	RuleForeignMembers   = "group.foreignMembers"
	RuleValueTaken       = "value.taken"
	RuleDuplicateMail    = "user.emailDuplicate"
	RuleDuplicateName    = "group.nameDuplicate"
	RuleOwnedElsewhere   = "owned.elsewhere"
	RuleElsewhere        = "device.elsewhere"
	RuleSeveralGroups    = "device.severalGroups"
	RuleNeeds            = "needs.unapproved"
)

// Causes are the codes of why a change is planned.
var Causes = []Code{
	{CauseNew, "new in scope"},
	{CauseChanged, "a value changed in the directory"},
	{CauseRenamed, "the name changed in the directory"},
	{CauseMovedIn, "moved below a search base"},
	{CauseDeleted, "deleted from the directory"},
	{CauseDisabled, "the account is disabled"},
	{CauseExpired, "the account has expired"},
	{CauseMovedOut, "moved out of the search bases"},
	{CauseFilterUsers, "the filter for users does not return it"},
	{CauseFilterGroups, "the filter for groups does not return it"},
	{CauseFilterDevices, "the filter for devices does not return it"},
	{CauseBase, "below none of the search bases"},
	{CauseDomainExcluded, "its domain is not included"},
	{CauseLeftGroup, "left the group"},
	{CauseJoinedGroup, "belongs to the group, or joined one that the filter asks for"},
	{CauseGroupEmpty, "nobody in scope belongs to the group"},
	{CauseGroupDeleted, "the group was deleted from the directory"},
	{CauseRecreated, "deleted and made again in the directory"},
	{CauseCentralChanged, "changed by hand in Central, and put back"},
	{CauseCentralDeleted, "deleted by hand in Central, and made again"},
	{CauseNotFound, "found nowhere in the directory"},
	{CauseMatchedMail, "an object of Central has the same mail address"},
	{CauseMatchedAccount, "an object of Central has the same account"},
	{CauseMatchedName, "a group of Central has the same name"},
	{CauseExcluded, "excluded by the configuration"},
	{CauseSystem, "an account of the system, not a person"},
	{CauseUnreadable, "what decides about it could not be read"},
}

// The causes of changes.
const (
	CauseNew            = "new"
	CauseChanged        = "changed"
	CauseRenamed        = "renamed"
	CauseMovedIn        = "moved.in"
	CauseDeleted        = "deleted"
	CauseDisabled       = "disabled"
	CauseExpired        = "expired"
	CauseMovedOut       = "moved.out"
	CauseFilterUsers    = "filter.users"
	CauseFilterGroups   = "filter.groups"
	CauseFilterDevices  = "filter.devices"
	CauseBase           = "base"
	CauseDomainExcluded = "domain.excluded"
	CauseLeftGroup      = "left.group"
	CauseJoinedGroup    = "joined.group"
	CauseGroupEmpty     = "group.empty"
	CauseGroupDeleted   = "group.deleted"
	CauseRecreated      = "recreated"
	CauseCentralChanged = "central.changed"
	CauseCentralDeleted = "central.deleted"
	CauseNotFound       = "notFound"
	CauseMatchedMail    = "matched.mail"
	CauseMatchedAccount = "matched.account"
	CauseMatchedName    = "matched.name"
	CauseExcluded       = "excluded"
	CauseSystem         = "system"
	CauseUnreadable     = "unreadable"
)

// meaning returns what a table says of a code.
func meaning(table []Code, code string) string {
	for _, c := range table {
		if c.Code == code {
			return c.Meaning
		}
	}
	return code
}
