package gate

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// maxParameters is how many parameters a query or a form may have: reading them
// must stay cheap, because nobody is authenticated yet.
const maxParameters = 1000

// errBodyTooLarge reports a body above the limit.
var errBodyTooLarge = errors.New("the body is too large")

// parseQuery reads a query or a form. One with too many parameters is refused
// like one that cannot be read.
func parseQuery(raw string) (url.Values, error) {
	if strings.Count(raw, "&") >= maxParameters {
		return nil, errBodyTooLarge
	}
	return url.ParseQuery(raw)
}

// clientBody is the body of a proxied request. The zero value is no body.
type clientBody struct {
	data  []byte
	whole bool // data is all of it
}

// readBody reads a body to its end. It returns the zero value for a body that
// did not arrive or is larger than the limit.
func readBody(r *http.Request, limit int64) clientBody {
	data, err := readAtMost(r, limit)
	return clientBody{data: data, whole: err == nil}
}

// readAtMost reads a body to its end. A larger one than the limit is
// errBodyTooLarge.
func readAtMost(r *http.Request, limit int64) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	data, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, errBodyTooLarge
	}
	return data, nil
}

// finishBody reads what is left of a body that nobody needs, so that a proxy is
// not cut off while it sends. A larger body than a proxy may send closes the
// connection, for net/http would wait for more of it before it answers.
func (x *exchange) finishBody() {
	if x.r.Body == nil {
		return
	}
	n, err := io.Copy(io.Discard, io.LimitReader(x.r.Body, maxAuthBody+1))
	if err != nil || n > maxAuthBody {
		x.Header().Set("Connection", "close")
	}
}

// body reads the request's body, of at most limit bytes. It returns false when
// it cannot, and has answered.
func (x *exchange) body(limit int64) ([]byte, bool) {
	raw, err := io.ReadAll(http.MaxBytesReader(x.ResponseWriter, x.r.Body, limit))
	var tooBig *http.MaxBytesError
	switch {
	case err == nil:
		return raw, true
	case errors.As(err, &tooBig):
		x.problem(http.StatusRequestEntityTooLarge, "body_too_large", fmt.Sprintf("The body may hold %d KiB.", tooBig.Limit>>10))
	default:
		x.problem(http.StatusBadRequest, "body_unreadable", "The body did not arrive.")
	}
	return nil, false
}
