package target

// The policies by which the number of requests in flight is limited.
const (
	ConcurrencyFixed    = "fixed"
	ConcurrencyAdaptive = "adaptive"
)

// Concurrency sets how many requests of an arm are in flight at once.
type Concurrency struct {
	// Policy is fixed (client.in_flight requests at once) or adaptive (additive increase, multiplicative decrease); default fixed. The adaptive limit is at most client.in_flight. It grows by one with each round of answers while it is fully used, and shrinks when the server is overloaded (429, 503, 529 or a timeout), once for all requests that were in flight.
	Policy string `yaml:"policy" check:"enum=fixed|adaptive"`
	// Start is the initial adaptive limit, 1…100000; default 20, or client.in_flight if that is less.
	Start int `yaml:"start" check:"min=1,max=100000"`
	// Min is the smallest adaptive limit, 1…100000; default 1.
	Min int `yaml:"min" check:"min=1,max=100000"`
	// Backoff is what the adaptive limit is multiplied by when the server is overloaded, 0.1…0.99; default 0.9.
	Backoff float64 `yaml:"backoff" check:"min=0.1,max=0.99"`
}
