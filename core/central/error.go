package central

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"adsync/core/fault"
)

// Error is what came back from Sophos Central, or that nothing did. It stands
// inside a fault.Error, which has the code that adsync gives it.
type Error struct {
	Status        int    // 0 where no answer came
	Code          string // Central's own word for it
	Message       string // bounded, without secrets
	CorrelationID string
	RequestID     string
	// Unclear says that a write was sent and whether it took effect is not known.
	Unclear bool

	cause error // of a context only: texts of others might hold secrets
}

// Error puts the facts on one line; Sophos support asks for the ids.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Status != 0 {
		fmt.Fprintf(&b, "status %d", e.Status)
		if e.Code != "" {
			b.WriteString(" " + e.Code)
		}
		if e.Message != "" {
			b.WriteString(": ")
		}
	}
	b.WriteString(e.Message)
	var ids []string
	if e.RequestID != "" {
		ids = append(ids, "request "+e.RequestID)
	}
	if e.CorrelationID != "" {
		ids = append(ids, "correlation "+e.CorrelationID)
	}
	if len(ids) > 0 {
		b.WriteString(" (" + strings.Join(ids, ", ") + ")")
	}
	return b.String()
}

// Unwrap returns the cancellation that ended the call, if one did.
func (e *Error) Unwrap() error { return e.cause }

// failure is the body of an error reply: of the gateway and the services, or of
// the identity service. All fields may be missing, the body may be empty.
type failure struct {
	Error         string `json:"error"`
	Code          string `json:"code"`
	ErrorCode     string `json:"errorCode"`
	Message       string `json:"message"`
	CorrelationID string `json:"correlationId"`
	RequestID     string `json:"requestId"`
	TrackingID    string `json:"trackingId"`
}

// facts reads an error reply. A body that is none is not repeated.
func (c *Client) facts(status int, header http.Header, body []byte) *Error {
	var f failure
	if err := json.Unmarshal(body, &f); err != nil {
		f = failure{}
	}
	e := &Error{
		Status:        status,
		Code:          c.redact.clean(cmp.Or(f.ErrorCode, f.Error, f.Code)),
		Message:       c.redact.clean(f.Message),
		CorrelationID: c.redact.clean(cmp.Or(f.CorrelationID, f.TrackingID)),
		RequestID:     c.redact.clean(cmp.Or(f.RequestID, requestID(header))),
	}
	if e.Code == "" && e.Message == "" {
		e.Message = http.StatusText(status)
	}
	return e
}

// refused gives a reply that is no success its code and advice.
func (c *Client) refused(q request, r reply) error {
	e := c.facts(r.status, r.header, r.body)
	text := q.doing + ": " + e.Error()
	if q.write() && (r.status >= 500 || r.status == http.StatusRequestTimeout || r.status < 400) {
		return unclear(q, e)
	}
	switch r.status {
	case http.StatusUnauthorized:
		return fault.New("central.token", text, fault.Cause(e),
			fault.Hint("Sophos Central does not take the token that it has just given; if this stays, make a new API credential"))
	case http.StatusForbidden:
		return fault.New("central.forbidden", text, fault.Cause(e),
			fault.Hint("the API credential needs the role Service Principal Management, and its tenant an active licence"))
	case http.StatusNotFound:
		return fault.New("central.notFound", text, fault.Cause(e))
	case http.StatusConflict:
		return conflict(text, e)
	}
	switch {
	case r.status >= 500 || r.status == http.StatusRequestTimeout:
		return fault.New("central.unreachable", text, fault.Cause(e),
			fault.Hint("Sophos Central has a disturbance; try again later"))
	case r.status >= 400:
		return fault.New("central.invalid", text, fault.Cause(e))
	case r.status >= 300:
		e.Message = "a redirect, which is not followed"
		return fault.New("central.malformed", q.doing+": "+e.Error(), fault.Cause(e),
			fault.Hint("something answers in place of Sophos Central: check the URLs and the proxy"))
	default:
		return fault.New("central.malformed", text, fault.Cause(e))
	}
}

// malformed is a success whose body does not say what it must. Of a write it is
// unclear what came of it.
func (c *Client) malformed(q request, r reply, why string) error {
	e := c.facts(r.status, r.header, nil)
	e.Message = why + "; it begins: " + c.redact.clean(string(r.body[:min(len(r.body), maxBegin)]))
	if q.write() {
		return unclear(q, e)
	}
	return fault.New("central.malformed", q.doing+": "+e.Error(), fault.Cause(e),
		fault.Hint("nothing is decided from such a reply; check whether something answers in place of Sophos Central"))
}

// maxBegin is how many bytes of a reply are looked at for an error's text: more
// than maxText runes, so that a secret is not cut before it is found.
const maxBegin = 16 << 10

func unclear(q request, e *Error) error {
	e.Unclear = true
	return fault.New("central.unclear", q.doing+": sent, and whether it took effect is not known: "+e.Error(),
		fault.Cause(e), fault.Hint("it is not sent again before Sophos Central has been read"))
}
