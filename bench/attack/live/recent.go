package live

import "time"

// Recent keeps snapshots of response latencies, and tells those of the last second. The zero Recent
// is empty.
type Recent struct{ kept []moment }

type moment struct {
	at       time.Time
	response *Snapshot
}

// window is for how long back Recent tells.
const window = time.Second

// Last notes the response latencies of all arms now, and returns those since the youngest snapshot
// that is at least a second old; in the first second, all of them.
func (r *Recent) Last(now time.Time, arms []Arm) *Snapshot {
	all := &Snapshot{}
	for _, a := range arms {
		all.Add(&a.Counts.Response)
	}
	if len(r.kept) == 0 {
		r.kept = append(r.kept, moment{now, &Snapshot{}})
	}
	for len(r.kept) > 1 && now.Sub(r.kept[1].at) >= window {
		r.kept = r.kept[1:]
	}
	before := r.kept[0].response
	r.kept = append(r.kept, moment{now, all})
	return all.since(before)
}
