// Package field holds only tests: they run scenarios against fake servers that behave as real
// ones do in public bug reports. Each fake server keeps its own account of what it did, and the
// figures must agree with it.
package field
