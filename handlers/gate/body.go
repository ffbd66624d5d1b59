package gate

import (
	"io"
	"net/http"
)

// clientBody is the body of a proxied request. The zero value is none.
type clientBody struct {
	data  []byte
	whole bool // data is all of it
}

// readBody reads a body to its end or to the limit. The zero value stands for
// a body that did not arrive or is larger.
func readBody(r *http.Request, limit int64) clientBody {
	if r.Body == nil {
		return clientBody{whole: true}
	}
	data, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	if err != nil || int64(len(data)) > limit {
		return clientBody{}
	}
	return clientBody{data: data, whole: true}
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
