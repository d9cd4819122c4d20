package commands

import (
	"context"
	"fmt"
	"slices"
	"time"

	"adsync/core/fault"
	"adsync/core/identity"
)

// metController is a database of a domain controller, and the highest USN that was
// ever seen of it.
type metController struct {
	InvocationID string    `json:"invocationId"`
	HighestUSN   int64     `json:"highestUsn"`
	At           time.Time `json:"at"`
}

const keyControllers = "controllers"

// metFor is how long a database is remembered that was not read again: the
// tombstone lifetime that a forest comes with, after which a controller that was
// away may not come back.
const metFor = 180 * 24 * time.Hour

// meet adds the controllers of a reading to those that were met.
func meet(before []metController, servers []identity.Server, at time.Time) []metController {
	var list []metController
	for _, m := range before {
		if at.Sub(m.At) < metFor {
			list = append(list, m)
		}
	}
	for _, now := range servers {
		if now.InvocationID == "" {
			continue
		}
		i := slices.IndexFunc(list, func(m metController) bool { return m.InvocationID == now.InvocationID })
		if i < 0 {
			i, list = len(list), append(list, metController{InvocationID: now.InvocationID})
		}
		list[i].HighestUSN, list[i].At = max(list[i].HighestUSN, now.HighestUSN), at
	}
	return list
}

// met returns the controllers that were ever read.
func (s *session) met(ctx context.Context) ([]metController, error) {
	p, err := s.open()
	if err != nil {
		return nil, err
	}
	var list []metController
	_, err = p.Get(ctx, keyControllers, &list)
	return list, err
}

// rememberControllers keeps the USNs of a reading, whatever became of it: how far
// a database has come is a fact of its own.
func (s *session) rememberControllers(ctx context.Context, servers []identity.Server, at time.Time) error {
	before, err := s.met(ctx)
	if err != nil {
		return err
	}
	p, err := s.open()
	if err != nil {
		return err
	}
	return p.Set(ctx, keyControllers, meet(before, servers, at))
}

// rolledBack refuses a controller whose database is older than it was.
func (s *session) rolledBack(ctx context.Context, servers []identity.Server, last *lastRead) error {
	known, err := s.met(ctx)
	if err != nil {
		return err
	}
	if last != nil {
		known = meet(known, last.Servers, last.At)
	}
	return rolledBack(servers, known)
}

// rolledBack finds a database that shows a lower USN than it did: it was set back
// to an old copy by other means than a restore, which would have given it a new
// invocation id. What it does not show may have been made since, and what is
// made on it now the other controllers take for known (MS-ADTS 3.1.1.1.9, USN
// rollback).
func rolledBack(servers []identity.Server, known []metController) error {
	for _, now := range servers {
		for _, was := range known {
			if now.InvocationID == "" || now.InvocationID != was.InvocationID || now.HighestUSN >= was.HighestUSN {
				continue
			}
			return fault.New("directory.rollback",
				fmt.Sprintf("%s shows USN %d, and has shown %d before: its database was set back", now.Name, now.HighestUSN, was.HighestUSN),
				fault.Hint("do not go on with this controller; demote it and promote it again, as Microsoft describes for USN rollback, and name another in directory.servers"))
		}
	}
	return nil
}
