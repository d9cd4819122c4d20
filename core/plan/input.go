package plan

import "adsync/core/identity"

// Input is what a plan is made from. Nothing in it is changed.
type Input struct {
	Desired identity.State
	// Users and Groups are everything that Central holds. Members are known of
	// the groups that the ledger names; of the others nothing is changed.
	Users  []identity.CentralUser
	Groups []identity.CentralGroup
	// Devices says that devices are synchronised and that Central has shown them,
	// all of them: otherwise nothing about them is planned.
	Devices        bool
	Endpoints      []identity.Endpoint
	EndpointGroups []identity.EndpointGroup
	// Warnings are those of what was read, said with the plan's own.
	Warnings []Warning
	// Gone are the Central ids of the ledger that were asked for one by one and
	// do not exist. A linked object that is in no list and not here is left
	// alone: lists lag.
	Gone  map[string]bool
	Links []identity.Link
	// Ours are the memberships that we made, by the keys of group and member; nil
	// where that is not recorded.
	Ours map[identity.GUID]map[identity.GUID]bool
	// Owners names the profile that owns a Central id, for those of others.
	Owners map[string]string

	// Leaving gives the cause of a link that is not desired.
	Leaving func(identity.Link) Coded
	// Arriving gives the cause of somebody who is wanted and not in the ledger,
	// false where it is no more than new; nil where nothing is known of before.
	Arriving func(identity.GUID) (Coded, bool)
	// Absence gives the reason why the absence of a link proves nothing, "" if
	// it does. Membership does so for memberships as a whole. Choice gives the reason
	// why it is not known which of its groups a device goes into.
	Absence    func(identity.Link) string
	Membership string
	Choice     string
	// Missing says that an absence proves nothing because a search base, or what
	// a filter names, is not there.
	Missing func(identity.Link) bool
	// Lag gives the reason why a change has to wait for another controller, "" if
	// it need not; nil where the controllers are those of before.
	Lag func(Change) string
	// Unsure are objects of the directory about which too little was read to
	// take anything of theirs away.
	Unsure map[identity.GUID]string
	// Protected says whether the values match the protect list of the kind.
	Protected func(kind identity.Kind, values ...string) bool
	// Recreated finds the link whose object was deleted and made again as the
	// given one.
	Limits Limits
	// Accepted says that the deciding configuration is the accepted one.
	Accepted bool
}

// Result is the part of a Document that Diff decides.
type Result struct {
	Changes   []Change
	Holds     []Change
	Warnings  []Warning
	Limits    []LimitUse
	Unchanged Counts
	// Forget are the keys of links whose object is neither desired nor in Central any
	// more, and of devices that sit in no group of ours.
	Forget []identity.GUID
	// Seen are the links with the values of the directory as they are now.
	Seen []identity.Link
	// Joined and Parted are memberships, by group, to be recorded as ours and as
	// ours no more: without a change, because both sides agree.
	Joined, Parted map[identity.GUID][]identity.GUID
}
