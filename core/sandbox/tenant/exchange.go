package tenant

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// exchange is one call while it is answered.
type exchange struct {
	r        *http.Request
	at       time.Time
	route    *route // nil where there is none
	vars     map[string]string
	allow    string // the methods that the path has, where this one is not among them
	raw      []byte
	tooLarge bool

	client *Client
	query  query
	body   body
	call   *Call
	shift  int // by how many items the pages after the first are displaced

	requestID, correlationID string
}

// receive reads the call and notes it in the log.
func (t *Tenant) receive(w http.ResponseWriter, r *http.Request) *exchange {
	e := &exchange{r: r, at: t.Now(), requestID: uuid.NewString(), correlationID: uuid.NewString()}
	e.route, e.vars, e.allow = match(r.Method, r.URL.Path)
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	e.raw, e.tooLarge = raw, err != nil
	t.note(e)
	return e
}

// timeLayout is how the API writes a time.
const timeLayout = "2006-01-02T15:04:05.000Z"

func stamp(at time.Time) string { return at.UTC().Format(timeLayout) }

// reply is what is sent back. The body of a refusal is made when it is sent.
type reply struct {
	status  int
	body    any
	message string
	header  [][2]string
	cut     bool          // the connection ends without a reply
	half    bool          // the connection ends in the middle of the body
	spread  time.Duration // how long the body takes
}

func accepted(status int, body any) reply { return reply{status: status, body: body} }

func refusal(status int, format string, args ...any) reply {
	return reply{status: status, message: fmt.Sprintf(format, args...)}
}

func (a reply) with(name, value string) reply {
	a.header = append(a.header, [2]string{name, value})
	return a
}

// gatewayError is the error body of the API. All but error may be missing; of a
// 401 and a 403 it is known which are.
type gatewayError struct {
	Error         string `json:"error"`
	Message       string `json:"message,omitempty"`
	CorrelationID string `json:"correlationId"`
	RequestID     string `json:"requestId"`
	CreatedAt     string `json:"createdAt,omitempty"`
}

func (e *exchange) problem(a reply) gatewayError {
	p := gatewayError{
		Error:         strings.ReplaceAll(http.StatusText(a.status), " ", ""),
		CorrelationID: e.correlationID,
		RequestID:     e.requestID,
	}
	if a.status != http.StatusUnauthorized {
		p.CreatedAt = stamp(e.at)
	}
	if a.status != http.StatusUnauthorized && a.status != http.StatusForbidden {
		p.Message = a.message
	}
	return p
}

// send writes the reply. A reader that is gone is nobody's error here.
func (e *exchange) send(w http.ResponseWriter, a reply) {
	body := a.body
	if body == nil {
		body = e.problem(a)
	}
	data, ok := body.(rawBody)
	kind := "text/html"
	if !ok || data.isJSON() {
		kind = "application/json"
	}
	if !ok {
		var err error
		if data, err = json.Marshal(body); err != nil {
			a.status = http.StatusInternalServerError
		}
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("X-Request-Id", e.requestID)
	h.Set("X-Correlation-Id", e.correlationID)
	h.Set("Content-Length", strconv.Itoa(len(data)))
	for _, pair := range a.header {
		h.Set(pair[0], pair[1])
	}
	w.WriteHeader(a.status)
	if a.half {
		_, _ = w.Write(data[:len(data)/2]) //nolint:gosec // as below
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	pieces := 1
	if a.spread > 0 {
		pieces = min(len(data), 20)
	}
	for i := range pieces {
		hold(e.r.Context(), a.spread/time.Duration(pieces))
		_, _ = w.Write(data[i*len(data)/pieces : (i+1)*len(data)/pieces]) //nolint:gosec // no browser reads this, and HTML comes from fault rules alone
		if pieces > 1 {
			_ = http.NewResponseController(w).Flush()
		}
	}
}

// rawBody is sent as it is.
type rawBody []byte

// media is the content type without its parameters.
func (e *exchange) media() string {
	kind, _, _ := strings.Cut(e.r.Header.Get("Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(kind))
}

// values is the query. A query that cannot be parsed is refused as an unknown
// parameter.
func (e *exchange) values() url.Values {
	v, err := url.ParseQuery(e.r.URL.RawQuery)
	if err != nil {
		return url.Values{e.r.URL.RawQuery: {""}}
	}
	return v
}
