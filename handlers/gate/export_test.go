package gate

import (
	"context"

	"keywicket/models/turns"
)

// EndpointPaths returns the paths of the gate's table.
func EndpointPaths() []string {
	var paths []string
	for _, e := range NewServer(Config{}).endpoints() {
		paths = append(paths, e.path)
	}
	return paths
}

// ParsesWaiting is how many envelopes may wait to be read.
const ParsesWaiting = parsesWaiting

// HoldParses keeps everybody from reading envelopes until release is called.
func (s *Server) HoldParses() (release func(), err error) {
	s.parses = turns.New(1, parsesWaiting)
	return s.parses.Enter(context.Background())
}

// EnvelopeParts reads a message and returns how many bytes of it were read,
// and how many elements, attributes and comments it might have had.
func EnvelopeParts(body []byte) (bytes, most int, err error) {
	r := newEnvelopeReader(body)
	most = r.left
	_, err = r.read()
	return int(r.dec.InputOffset()), most, err
}
