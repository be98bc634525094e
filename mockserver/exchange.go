package mockserver

import (
	"errors"
	"net/http"
	"time"

	"weighbridge/mockserver/api"
	"weighbridge/mockserver/ledger"
)

var (
	errReset = errors.New("the connection is reset")
	errGone  = errors.New("the client is gone")
)

// refusal is an answer that is not a success.
type refusal struct {
	status  int
	message string
	header  map[string]string
}

func (r *refusal) Error() string { return r.message }

// exchange is one attempt on its way through the mock.
type exchange struct {
	w       http.ResponseWriter
	r       *http.Request
	id      uint64 // what its decisions are drawn from
	started time.Time
	timing  timing
	dialect api.Dialect
	read    func(body []byte) (api.Call, error)
	word    func(api.Answer) ([]byte, error)
	answer  api.Answer
	entry   ledger.Entry
}

// step is one thing that happens to an exchange; an error ends it. Its time
// counts as part's.
type step struct {
	part int
	do   func(*exchange) error
}

// order is the order of work. A new fault is a line here, where it strikes.
func (s *Server) order() []step {
	return []step{
		{untimed, s.reset},
		{untimed, s.route},
		{auth, s.authorize},
		{untimed, s.receive},
		{limit, s.limit},
		{queue, s.enqueue},
		{model, s.serve}, // gives back the slot that enqueue took
	}
}
