package commands

import (
	"context"

	"adsync/core/fault"
	"adsync/core/sandbox"
	"adsync/core/sandbox/forest"
	"adsync/output"
)

// sandboxChange is what can be changed in the sandbox's directory. Without a
// word it plays a scenario.
type sandboxChange struct {
	Add     changeAddCmd     `cmd:"" help:"Add a person."`
	Rename  changeNameCmd    `cmd:"" help:"Give a person or group another name."`
	Move    changeMoveCmd    `cmd:"" help:"Move a person or group to another OU."`
	Disable changeDisableCmd `cmd:"" help:"Disable an account."`
	Enable  changeEnableCmd  `cmd:"" help:"Enable an account."`
	Delete  changeDeleteCmd  `cmd:"" help:"Delete a person or group."`
	Mail    changeMailCmd    `cmd:"" help:"Set a mail address, or take it away."`
	Member  struct {
		Add    changeMemberAddCmd    `cmd:"" help:"Put somebody into a group."`
		Remove changeMemberRemoveCmd `cmd:"" help:"Take somebody out of a group."`
	} `cmd:"" help:"Members of groups."`
	OU struct {
		Rename changeOUNameCmd `cmd:"" help:"Give an OU another name."`
		Move   changeOUMoveCmd `cmd:"" help:"Move an OU below another."`
	} `cmd:"" name:"ou" help:"Organisational units."`
	Scenario changeScenarioCmd `cmd:"" default:"withargs" hidden:"" help:"Play a scenario."`
}

const whoHelp = `WHO is an account, mail address, name, DN or GUID. Example:

`

// changeOp returns the words of the change below sandbox change.
func (s *session) changeOp() string { return s.path[len("sandbox change "):] }

// change has the running sandbox change its directory and prints what it did.
func (s *session) change(ctx context.Context, args ...string) error {
	s.forSandbox()
	client, err := sandbox.Connect(ctx, s.sandboxDir())
	if err != nil {
		return err
	}
	changes, err := client.Change(ctx, s.changeOp(), args...)
	if err != nil {
		return err
	}
	return s.print(ctx, output.Document{
		Type: "changes",
		Value: struct {
			Format  int             `json:"format"`
			Changes []forest.Change `json:"changes"`
			Next    []fault.Next    `json:"next"`
		}{1, append([]forest.Change{}, changes...), []fault.Next{s.next("see what it would change in Sophos Central", "preview")}},
		Lists: []output.List{{Field: "changes", Type: "change", Columns: []string{"op", "name", "dn", "text"}}, {Field: "next", Type: "next"}},
	})
}

type changeAddCmd struct {
	Name    string `arg:"" help:"Display name."`
	Account string `sep:"none" placeholder:"A" help:"sAMAccountName."`
	Mail    string `sep:"none" placeholder:"M" help:"Mail address."`
	OU      string `name:"ou" sep:"none" placeholder:"DN" help:"Where the person is made."`
}

func (changeAddCmd) Help() string {
	return `Example:

    adsync sandbox change add 'Anna Berg' --account aberg --mail anna.berg@corp.example`
}

// Run adds a person.
func (c *changeAddCmd) Run(ctx context.Context, s *session) error {
	return s.change(ctx, c.Name, c.Account, c.Mail, c.OU)
}

type changeNameCmd struct {
	Who  string `arg:"" help:"Person or group."`
	Name string `arg:"" help:"New name."`
}

func (changeNameCmd) Help() string {
	return whoHelp + `    adsync sandbox change rename aberg 'Anna Berg-Lind'`
}

// Run renames a person or group.
func (c *changeNameCmd) Run(ctx context.Context, s *session) error {
	return s.change(ctx, c.Who, c.Name)
}

type changeMoveCmd struct {
	Who string `arg:"" help:"Person or group."`
	DN  string `arg:"" name:"dn" help:"OU to move to."`
}

func (changeMoveCmd) Help() string {
	return whoHelp + `    adsync sandbox change move aberg 'OU=Staff,DC=corp,DC=example'`
}

// Run moves a person or group.
func (c *changeMoveCmd) Run(ctx context.Context, s *session) error { return s.change(ctx, c.Who, c.DN) }

type changeWhoCmd struct {
	Who string `arg:"" help:"Person or group."`
}

// Run disables, enables or deletes.
func (c *changeWhoCmd) Run(ctx context.Context, s *session) error { return s.change(ctx, c.Who) }

type changeDisableCmd struct{ changeWhoCmd }

func (changeDisableCmd) Help() string { return whoHelp + `    adsync sandbox change disable aberg` }

type changeEnableCmd struct{ changeWhoCmd }

func (changeEnableCmd) Help() string { return whoHelp + `    adsync sandbox change enable aberg` }

type changeDeleteCmd struct{ changeWhoCmd }

func (changeDeleteCmd) Help() string { return whoHelp + `    adsync sandbox change delete aberg` }

type changeMailCmd struct {
	Who     string `arg:"" help:"Person."`
	Address string `arg:"" optional:"" help:"New address; without it the address is taken away."`
}

func (changeMailCmd) Help() string {
	return whoHelp + `    adsync sandbox change mail aberg anna@corp.example`
}

// Run sets or takes away a mail address.
func (c *changeMailCmd) Run(ctx context.Context, s *session) error {
	if c.Address == "" {
		return s.change(ctx, c.Who)
	}
	return s.change(ctx, c.Who, c.Address)
}

type changeMemberCmd struct {
	Group string `arg:"" help:"Group."`
	Who   string `arg:"" help:"Person or group."`
}

// Run changes the members of a group.
func (c *changeMemberCmd) Run(ctx context.Context, s *session) error {
	return s.change(ctx, c.Group, c.Who)
}

type changeMemberAddCmd struct{ changeMemberCmd }

func (changeMemberAddCmd) Help() string {
	return whoHelp + `    adsync sandbox change member add 'Wi-Fi Corporate' aberg`
}

type changeMemberRemoveCmd struct{ changeMemberCmd }

func (changeMemberRemoveCmd) Help() string {
	return whoHelp + `    adsync sandbox change member remove 'Wi-Fi Corporate' aberg`
}

type changeOUNameCmd struct {
	DN   string `arg:"" name:"dn" help:"OU."`
	Name string `arg:"" help:"New name."`
}

func (changeOUNameCmd) Help() string {
	return `Example:

    adsync sandbox change ou rename 'OU=Finance,OU=Staff,DC=corp,DC=example' 'Controlling'`
}

// Run renames an OU.
func (c *changeOUNameCmd) Run(ctx context.Context, s *session) error {
	return s.change(ctx, c.DN, c.Name)
}

type changeOUMoveCmd struct {
	DN string `arg:"" name:"dn" help:"OU."`
	To string `arg:"" name:"to" help:"OU or domain to move it below."`
}

func (changeOUMoveCmd) Help() string {
	return `Example:

    adsync sandbox change ou move 'OU=Support,OU=Staff,DC=corp,DC=example' 'OU=Sales,OU=Staff,DC=corp,DC=example'`
}

// Run moves an OU.
func (c *changeOUMoveCmd) Run(ctx context.Context, s *session) error {
	return s.change(ctx, c.DN, c.To)
}

type changeScenarioCmd struct {
	Scenario string `required:"" sep:"none" placeholder:"NAME" help:"Scenario to play; list prints the names."`
}

func (changeScenarioCmd) Help() string {
	return `Example:

    adsync sandbox change --scenario list`
}

// Run plays a scenario, or lists them.
func (c *changeScenarioCmd) Run(ctx context.Context, s *session) error {
	if c.Scenario != "list" {
		return s.change(ctx, c.Scenario)
	}
	type line struct {
		Name string `json:"name"`
		Text string `json:"text"`
	}
	lines := []line{}
	for _, x := range forest.Scenarios() {
		lines = append(lines, line{x.Name, x.Text})
	}
	return s.print(ctx, output.Document{
		Type: "scenarios",
		Value: struct {
			Format    int    `json:"format"`
			Scenarios []line `json:"scenarios"`
		}{1, lines},
		Lists: []output.List{{Field: "scenarios", Type: "scenario"}},
	})
}
