// Package directory reads Active Directory into an identity.Snapshot.
//
// It promises that nothing is taken for complete by default: every search
// leaves an identity.Read that says so only after its last page came back with
// its paging control, all ranges of its multi-valued attributes were fetched, no
// limit was hit, no reference to anything else was left and the base itself
// could be read. It writes nothing, follows no referral, sends a password that
// was refused no second time, and waits for no answer longer than the timeout.
package directory
