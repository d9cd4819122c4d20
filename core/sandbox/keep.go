package sandbox

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"time"
)

// watch notices calls that may change the tenant.
func (s *site) watch(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			defer func() {
				select {
				case s.dirty <- struct{}{}:
				default:
				}
			}()
		}
		h.ServeHTTP(w, r)
	})
}

// keep saves the tenant shortly after it has changed, until ctx ends. Many
// writes in a row are one save.
func (s *site) keep(ctx context.Context) {
	const pause = 250 * time.Millisecond
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.dirty:
		}
		t := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-t.C:
		}
		if err := s.saveTenant(); err != nil {
			s.o.Log.ErrorContext(ctx, "saving the tenant", "error", err)
		}
	}
}

func (s *site) saveTenant() error {
	var b bytes.Buffer
	if err := s.tenant.Save(&b); err != nil {
		return err
	}
	return replace(filepath.Join(s.o.Dir, tenantFile), b.Bytes())
}

func (s *site) saveForest() error {
	data, err := s.forest.Save()
	if err != nil {
		return err
	}
	return replace(filepath.Join(s.o.Dir, forestFile), data)
}

// close ends what listens, lets calls under way finish, and saves.
func (s *site) close() error {
	const patience = 5 * time.Second
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var errs []error
	for _, h := range s.servers {
		if err := h.Shutdown(ctx); err != nil {
			errs = append(errs, h.Close())
		}
	}
	if s.ldap != nil {
		errs = append(errs, s.ldap.Close())
	}
	errs = append(errs, s.saveForest(), s.saveTenant())
	if s.info.Control != "" {
		ended := s.info
		ended.Running, ended.PID = false, 0
		errs = append(errs, writeState(s.o.Dir, ended))
	}
	s.o.Log.Info("sandbox has ended")
	return errors.Join(errs...)
}
