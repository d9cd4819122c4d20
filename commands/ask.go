package commands

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"adsync/output"
)

// canAsk reports whether a person is there to answer: both sides of the
// conversation are a console, and the output is not for a script.
func (s *session) canAsk() bool {
	return s.env.InTerminal && s.env.ErrTerminal && !s.globals.NoInput &&
		s.out.Format == output.Table && s.out.Filter == nil
}

// ask shows a question and returns the line typed.
func (s *session) ask(question string) (string, error) {
	s.shows.clear()
	if _, err := io.WriteString(s.env.Stderr, output.Visible(question)+" "); err != nil {
		return "", err
	}
	line, err := bufio.NewReader(s.env.Stdin).ReadString('\n')
	if err != nil && line == "" {
		return "", fmt.Errorf("read the answer: %w", err)
	}
	return strings.TrimSpace(line), nil
}

// confirm asks a question whose answer is no unless it is yes.
func (s *session) confirm(question string) (bool, error) {
	answer, err := s.ask(question + " [y/N]")
	if err != nil {
		return false, err
	}
	return strings.EqualFold(answer, "y") || strings.EqualFold(answer, "yes"), nil
}

// askHidden shows a question and returns what is typed without showing it.
func (s *session) askHidden(question string) ([]byte, error) {
	s.shows.clear()
	if _, err := io.WriteString(s.env.Stderr, output.Visible(question)+" "); err != nil {
		return nil, err
	}
	typed, err := s.env.ReadHidden()
	if _, werr := io.WriteString(s.env.Stderr, "\n"); err == nil {
		err = werr
	}
	return typed, err
}
