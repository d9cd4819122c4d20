package identity

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
)

// seal is the last member of a saved snapshot: the digest of all that stands
// before it, by which a file that was changed since is told.
func seal(h hash.Hash) string { return `,"sha256":"` + hex.EncodeToString(h.Sum(nil)) + "\"}\n" }

// sealSize is how long that is.
const sealSize = len(`,"sha256":"`) + 2*sha256.Size + len("\"}\n")

// unsealer reads a file, hashes all of it but the seal at its end, and keeps that.
type unsealer struct {
	r    io.Reader
	hash hash.Hash
	tail []byte // the last bytes read so far
}

func newUnsealer(r io.Reader) *unsealer { return &unsealer{r: r, hash: sha256.New()} }

func (u *unsealer) Read(p []byte) (int, error) {
	n, err := u.r.Read(p)
	u.tail = append(u.tail, p[:n]...)
	if over := len(u.tail) - sealSize; over > 0 {
		_, _ = u.hash.Write(u.tail[:over])
		u.tail = append(u.tail[:0], u.tail[over:]...)
	}
	return n, err
}

// whole says that the file ends with the seal of what it holds.
func (u *unsealer) whole() bool { return string(u.tail) == seal(u.hash) }
