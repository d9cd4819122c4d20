package dctest_test

import (
	"context"
	"testing"
	"time"

	"adsync/core/directory/dctest"
)

// FuzzAnswer sends arbitrary bytes for the answer to one request. The reading
// ends in time, without a panic, and is not taken for complete where it is not
// the truth. The bytes are raw, or messages of the request's own id where wrapped
// says so: random bytes seldom are.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		"", "\x30", "\x30\x00", "\x30\x84\xff\xff\xff\xff", "\x30\x80\x00\x00", "HTTP/1.1 400 Bad Request\r\n\r\n",
		"\x65\x07\x0a\x01\x00\x04\x00\x04\x00", "\x64\x04\x04\x00\x30\x00", "\x64\x02\x04\x00", "\x73\x00", "\x65\x00", "\x78\x07\x0a\x01\x34\x04\x00\x04\x00",
	} {
		for at := range uint8(4) {
			f.Add([]byte(seed), at*7, at%2 == 0)
		}
	}
	w := dctest.NewWorld(f, dctest.Options{People: 30})
	truth := learn(f, w, requests[0])
	f.Fuzz(func(t *testing.T, data []byte, at uint8, wrapped bool) {
		if wrapped && len(data) > 2 && data[0] == 0x64 && len(data) > 60 {
			t.Skip("an entry that is well formed and wrong cannot be told from a right one")
		}
		c := w.Controller(t)
		c.Play(func(r *req, a *ans) {
			if r.Number == 3+int(at)%24 {
				a.Bytes = func([]byte) []byte {
					if wrapped {
						return dctest.Message(r.ID(), data)
					}
					return data
				}
			}
		})
		o := c.Options()
		o.Timeout = 150 * time.Millisecond
		ctx, cancel := context.WithTimeout(t.Context(), roundTime)
		defer cancel()
		out := truth.look(ctx, o)
		if ctx.Err() != nil {
			t.Fatal("it did not end")
		}
		if problems := truth.wrong(out, false); len(problems) > 0 {
			t.Fatalf("%v\n%s", problems[0], reads(out))
		}
	})
}
