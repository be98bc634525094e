// Package stat is what one may conclude from a handful of paired differences:
// the Wilcoxon signed-rank test and the Hodges–Lehmann estimate that belongs to it.
// It is pure: no clock, no randomness, no input changed.
package stat

// MinValues is the fewest values that get a p or an interval. Under 6 no
// two-sided signed-rank test reaches 5%: its smallest p is 2/2ⁿ.
const MinValues = 6

// ExactLimit is the most values for which the distribution of the signed-rank
// statistic is enumerated; above it stands the normal approximation. The
// enumeration takes n·n(n+1) steps, about a millisecond at the limit.
const ExactLimit = 100
