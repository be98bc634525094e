package fault

// ContentType declares a wrong Content-Type.
type ContentType struct {
	When `yaml:",inline"`
	// Value is the declared Content-Type; default text/html.
	Value string `yaml:"value"`
}

// Apply sets the header.
func (f ContentType) Apply(r *Reply, _ Draw) {
	r.setHeader("Content-Type", f.Value)
	r.noteInjected("content_type")
}
