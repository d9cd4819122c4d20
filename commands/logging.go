package commands

import (
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"

	"gopkg.in/natefinch/lumberjack.v2"

	"adsync/core/fault"
)

// profileName is what a profile's name may be; it becomes a folder's name.
var profileName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

// openLog sets up the log: the file of the profile where its folder exists, the
// file of --log, and with --verbose stderr. Nothing is created for a profile
// that does not exist.
func (s *session) openLog() error {
	var handlers []slog.Handler
	add := func(w io.Writer) { handlers = append(handlers, slog.NewJSONHandler(w, nil)) }
	folder := filepath.Join(s.home, s.name)
	if info, err := os.Stat(folder); err == nil && info.IsDir() && profileName.MatchString(s.name) {
		file := &lumberjack.Logger{Filename: filepath.Join(folder, "log", "adsync.log"), MaxSize: 10, MaxBackups: 10, MaxAge: 400}
		s.closing = append(s.closing, file.Close)
		add(file)
	}
	if s.globals.Log != "" {
		file, err := os.OpenFile(s.globals.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return fault.New("usage.log", "the log file cannot be opened", fault.Cause(err))
		}
		s.closing = append(s.closing, file.Close)
		add(file)
	}
	if s.globals.Verbose {
		add(s.env.Stderr)
	}
	s.log = slog.New(slog.NewMultiHandler(handlers...)).With("profile", s.name)
	return nil
}
