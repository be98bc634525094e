package fault

// ContentType declares a Content-Type that the body is not of.
type ContentType struct {
	When `yaml:",inline"`
	// Value is what is declared; default text/html.
	Value string `yaml:"value"`
}

// Spoil sets the header.
func (f ContentType) Spoil(r *Reply, _ Draw) {
	r.set("Content-Type", f.Value)
	r.dealt("content_type")
}
