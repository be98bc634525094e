package summary

import (
	"bytes"
	"encoding/json"
)

// MarshalJSON writes the fields, then FurtherMetrics under their names in expressions.
func (a Arm) MarshalJSON() ([]byte, error) {
	type fields Arm
	out, err := marshal(fields(a))
	if err != nil {
		return nil, err
	}
	for _, m := range FurtherMetrics() {
		value, err := marshal(a.further[m.Name])
		if err != nil {
			return nil, err
		}
		out = append(bytes.TrimSuffix(out, []byte("}")), `,"`+m.Expr()+`":`...)
		out = append(append(out, value...), '}')
	}
	return out, nil
}

// marshal does not escape <, > and &: the encoder of the summary does not either.
func marshal(v any) ([]byte, error) {
	var out bytes.Buffer
	to := json.NewEncoder(&out)
	to.SetEscapeHTML(false)
	if err := to.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}
