// Package dctest has a domain controller whose every answer a test may spoil.
// Behind it stands the forest of the sandbox, which passes the reader's own
// cases as Samba does: what is not spoilt is answered as a controller answers.
// Between the two, each answer can be changed in its meaning (entries, codes,
// cookies, references) and in its bytes (cut, slow, garbled, out of turn), for a
// whole run or at one request of it.
//
// Some lies no client can see through, and no test here expects it to:
//
//   - A value that is well formed and wrong. That is left to TLS and to the
//     directory itself.
//   - One object that is kept back from every search alike, whatever asks for
//     it: it looks as if it were not there. It is never taken for deleted, for
//     among the deleted it is not either; many of them at once are noticed.
//   - One optional attribute that is kept back from a few objects only: it looks
//     as if it had no value. Kept back from all it is noticed by comparing with
//     the last time.
//   - A range that claims to be the last and is not, where all whom it keeps back
//     are groups, or people who are not read: whoever is read names the group in
//     memberOf.
//   - Deleted objects that the controller makes up.
//
// What a single search does not prove may still be noticed by asking again: a
// paging control with an empty cookie before the end, a done message before the
// last entry, and entries that are left out of one search all end with objects
// that are missing there and found by their objectGUID.
package dctest
