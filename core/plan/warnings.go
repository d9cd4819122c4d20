package plan

// Warnings are the codes of what a plan says beside its changes and holds; they
// hold nothing back.
var Warnings = []Code{
	{"user.noEmail", "no mail address: synchronised without one, and mail is not protected"},
	{"user.emailInvalid", "the mail address is none that Central would take; it is not sent"},
	{"user.aliases", "further mail addresses, which Central is not told of"},
	{RuleDuplicateMail, "two people of the directory have this address"},
	{"user.unreadable", "too little of the account could be read to decide about it"},
	{"mailbox.excluded", "a shared, room or equipment mailbox is left out: mail to it is not delivered"},
	{RuleDuplicateName, "two groups of the directory have this name"},
	{"group.foreign", "members of other forests are not synchronised with the group"},
	{"group.hiddenMembers", "the members of the group are hidden from the account that reads"},
	{"device.policy", "devices are put into groups, which carry policies"},
	{"device.unsupported", "a computer that has no endpoint in Central, or one that the API has no groups for"},
	{"device.ambiguous", "a host name that several computers or endpoints have: they are left alone"},
	{"device.foreign", "somebody else has put endpoints into a group of ours; they stay"},
	{"device.unreadable", "too little of the computer could be read to decide about it"},
	{"device.unavailable", "Central does not show endpoints to this credential: devices are left out"},
	{"domain.unlisted", "a domain of the forest that the configuration does not name"},
	{"directory.untrusted", "the certificate of a domain controller does not prove it; it was passed over, and another was read"},
	{"base.moved", "a search base was renamed or moved, and is followed by its objectGUID"},
	{"filter.moved", "what a filter names was renamed or moved, and is followed by its objectGUID"},
	{"value.cleared", "a value is empty in the directory; Central keeps what it has"},
	{"value.normalised", "Central keeps a value in its own spelling; that is no difference"},
	{"central.lag", "Central has the object, and its lists do not show it yet"},
	{RuleIncomplete, "a read was not complete"},
	{"plan.snapshot", "made from a saved snapshot, and never applied"},
}
