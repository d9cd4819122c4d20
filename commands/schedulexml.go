package commands

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"adsync/core/fault"
	"adsync/core/schedule"
	"adsync/output"
)

type scheduleXMLCmd struct {
	File       string `placeholder:"FILE" help:"Write the task to this file, as UTF-16, the form that schtasks /xml reads."`
	Script     string `placeholder:"FILE" help:"Path of Invoke-AdsyncScheduledRun.ps1; otherwise the one beside the program."`
	NoTriggers bool   `help:"Leave the triggers out: the task then runs on demand only."`
}

func (scheduleXMLCmd) Help() string {
	return `Example:

    adsync schedule xml --file task.xml`
}

// Run prints the definition of the task. A file with triggers is what schtasks
// registers, which tells nobody: it is taken for registered. The script says so
// itself.
func (c *scheduleXMLCmd) Run(ctx context.Context, s *session) error {
	cfg, err := s.configuration()
	if err != nil {
		return err
	}
	spec := scheduleSpec(cfg)
	script := c.Script
	if script == "" {
		program, err := s.env.Program()
		if err != nil {
			return fmt.Errorf("find the program: %w", err)
		}
		script = filepath.Join(filepath.Dir(program), "Invoke-AdsyncScheduledRun.ps1")
	}
	text, err := schedule.XML(spec, schedule.Action{
		Profile: s.name, Home: s.home, Script: script, Start: s.env.Now(), NoTriggers: c.NoTriggers,
	})
	if err != nil {
		return err
	}
	if c.File != "" {
		if err := os.WriteFile(c.File, schedule.UTF16(text), 0o600); err != nil {
			return fault.New("usage.schedule.file", "the file cannot be written", fault.Cause(err))
		}
		if !c.NoTriggers {
			if err := s.setRegistered(ctx, spec); err != nil {
				return err
			}
		}
	}
	if s.out.Format == output.Table && s.out.Filter == nil {
		_, err := io.WriteString(s.env.Stdout, text)
		return err
	}
	return s.print(ctx, output.Document{Type: "task", Value: struct {
		Format int    `json:"format"`
		XML    string `json:"xml"`
		Task   string `json:"task"`
		File   string `json:"file"`
	}{1, text, schedule.TaskName(s.name), c.File}})
}
