package commands

import (
	"context"
	"runtime"
	"runtime/debug"

	"adsync/output"
)

// release and revision are set by the Makefile; without them the build
// information of Go tells.
var release, revision string

type versionCmd struct{}

type versionDocument struct {
	Format   int    `json:"format"`
	Version  string `json:"version"`
	Revision string `json:"revision"`
	Modified bool   `json:"modified"`
	Go       string `json:"go"`
	OS       string `json:"os"`
	Arch     string `json:"arch"`
}

func (versionCmd) Help() string {
	return `Example:

    adsync version --jq .version`
}

// Run prints what the program was built from.
func (versionCmd) Run(ctx context.Context, s *session) error {
	return s.print(ctx, output.Document{Type: "version", Value: version()})
}

func version() versionDocument {
	v := versionDocument{Format: 1, Version: release, Revision: revision, Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	v.Version = first(v.Version, info.Main.Version)
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			v.Revision = first(v.Revision, setting.Value)
		case "vcs.modified":
			v.Modified = setting.Value == "true"
		}
	}
	return v
}
