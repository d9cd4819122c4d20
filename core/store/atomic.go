package store

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"time"

	"adsync/core/fault"
)

// maxFile bounds what is read into memory: a plan of 100,000 changes has about
// 60 MB, and whoever may write in approvals/ must not exhaust the machine.
const maxFile = 512 << 20

// replace writes a file so that it is either whole under its name, and on the
// disk, or not there.
func (p *Profile) replace(root *os.Root, name string, data []byte) error {
	temporary := path.Join(path.Dir(name), ".tmp-"+rand.Text())
	f, err := p.open(root, temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return problem("write "+name, err)
	}
	err = errors.Join(fill(f, data), f.Close())
	if err == nil {
		now := p.now()
		err = root.Chtimes(temporary, now, now)
	}
	if err == nil {
		err = root.Rename(temporary, name)
	}
	if err != nil {
		return problem("write "+name, errors.Join(err, root.Remove(temporary)))
	}
	return problem("write "+name, syncDir(root, path.Dir(name)))
}

func fill(f file, data []byte) error {
	if _, err := f.Write(data); err != nil {
		return err
	}
	return f.Sync()
}

// once writes a file that never changes: the same bytes again are no error,
// others under the same name are.
func (p *Profile) once(root *os.Root, name string, data []byte) error {
	before, err := content(root, name)
	switch {
	case err != nil:
		return err
	case before == nil:
		return p.replace(root, name, data)
	case !bytes.Equal(before, data):
		return fault.New("approval.changed", name+" is there already, with other bytes",
			fault.Hint("it was changed on the disk; remove it and run the command again"))
	default:
		return nil
	}
}

// content reads a file; nil where there is none. Only regular files are read: a
// pipe put in place of one would hang the reader.
func content(root *os.Root, name string) ([]byte, error) {
	info, err := root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, problem("read "+name, err)
	case !info.Mode().IsRegular():
		return nil, fault.New("store.io", name+" is not a file")
	case info.Size() > maxFile:
		return nil, fault.New("store.io", fmt.Sprintf("%s has %d bytes, at most %d are read", name, info.Size(), maxFile))
	}
	f, err := root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, problem("read "+name, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		return nil, problem("read "+name, err)
	}
	return append([]byte{}, data...), nil
}

// entries lists the files of a folder whose names have the ending, without it;
// none where there is no such folder. They come sorted by name.
func entries(root *os.Root, dir, ending string) ([]string, error) {
	if root == nil {
		return nil, nil
	}
	list, err := fs.ReadDir(root.FS(), dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, problem("list "+dir, err)
	}
	var names []string
	for _, e := range list {
		name := e.Name()
		if stem := name[:max(0, len(name)-len(ending))]; e.Type().IsRegular() && stem+ending == name && name[0] != '.' {
			names = append(names, stem)
		}
	}
	return names, nil
}

func (p *Profile) now() time.Time { return p.options.Now() }
