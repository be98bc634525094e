package target

// The policies by which the number of requests in flight is limited.
const (
	ConcurrencyFixed    = "fixed"
	ConcurrencyAdaptive = "adaptive"
)

// Concurrency sets how many requests of an arm are in flight at once.
type Concurrency struct {
	// Policy is fixed (client.in_flight requests at once), or adaptive: a limit of client.in_flight at most that grows by one with each round of answers, while it is used, and shrinks when the server is overloaded (429, 503, 529 or no answer in time), once for all that were in flight (additive increase, multiplicative decrease); default fixed.
	Policy string `yaml:"policy" check:"enum=fixed|adaptive"`
	// Start is the adaptive limit at first, 1…100000; default 20, or client.in_flight where that is less.
	Start int `yaml:"start" check:"min=1,max=100000"`
	// Min is the least that the adaptive limit shrinks to, 1…100000; default 1.
	Min int `yaml:"min" check:"min=1,max=100000"`
	// Backoff is what the adaptive limit is multiplied by when the server is overloaded, 0.1…0.99; default 0.9.
	Backoff float64 `yaml:"backoff" check:"min=0.1,max=0.99"`
}
