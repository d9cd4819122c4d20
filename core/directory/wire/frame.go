package wire

import "io"

const (
	// maxMessage bounds one message. The largest that a directory sends is a
	// group with all its members, where the controller does not range.
	maxMessage  = 128 << 20
	firstBuffer = 64 << 10
)

// frames cuts a stream into messages.
type frames struct {
	source io.Reader
	buffer []byte
	r, w   int // what is read and not yet taken
}

// buffered reports whether the next message is there without another read.
func (f *frames) buffered() bool {
	_, length, size, err := header(f.buffer[f.r:f.w])
	return err != nil || size > 0 && length <= f.w-f.r-size
}

// next returns the content of the next LDAPMessage, valid until the next call.
// io.EOF means that the stream ended between two messages.
func (f *frames) next() ([]byte, error) {
	for {
		_, length, size, err := header(f.buffer[f.r:f.w])
		if err == nil && f.w > f.r && f.buffer[f.r] != tagSequence {
			err = malformed("not an LDAP message")
		}
		if err != nil {
			return nil, err
		}
		need := 2
		if size > 0 {
			if need = size + length; need <= f.w-f.r {
				content := f.buffer[f.r+size : f.r+need : f.r+need]
				f.r += need
				return content, nil
			}
		}
		if err := f.fill(need); err != nil {
			return nil, err
		}
	}
}

// fill reads once. The buffer grows with what has come and not with what was
// announced: a length costs the sender as many bytes.
func (f *frames) fill(need int) error {
	if f.r > 0 {
		f.w = copy(f.buffer, f.buffer[f.r:f.w])
		f.r = 0
	}
	switch {
	case f.buffer == nil:
		f.buffer = make([]byte, firstBuffer)
	case f.w == len(f.buffer):
		grown := make([]byte, min(2*len(f.buffer), max(need, firstBuffer)))
		copy(grown, f.buffer[:f.w])
		f.buffer = grown
	case f.w == 0 && len(f.buffer) > firstBuffer && need <= firstBuffer:
		f.buffer = make([]byte, firstBuffer)
	}
	n, err := f.source.Read(f.buffer[f.w:])
	f.w += n
	switch {
	case n > 0:
		return nil
	case err == nil:
		return io.ErrNoProgress
	case err == io.EOF && f.w > 0:
		return io.ErrUnexpectedEOF
	}
	return err
}
