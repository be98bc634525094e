package cache

import (
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Source is where an answer came from, as far as caches are concerned.
type Source string

// The sources.
const (
	// Unknown is an answer of which no cache tells anything.
	Unknown Source = ""
	// Client is the client's own cache (client.cache).
	Client Source = "client"
	// Edge is a cache between client and server.
	Edge Source = "edge"
	// Server is the server: the caches that tell did not have the answer.
	Server Source = "server"
)

// Told is what the header of an answer tells of caches.
type Told struct {
	// Source is Unknown, Edge or Server.
	Source Source
	// Age is how long ago the server gave the answer, in whole seconds (RFC 9111 §5.1); 0 if it is not
	// told.
	Age time.Duration
	// ChangesIn is how long the content of the answer stays the server's current one; it is negative if
	// it no longer is. ContentKnown is false if the answer does not tell.
	ChangesIn    time.Duration
	ContentKnown bool
}

// ContentHeader is a response header of the bundled mock: the version of the answer's content, and the
// time in ms until it changes, negative once it has, as in "version=3, changes_in_ms=250.5".
const ContentHeader = "Weighbridge-Content"

// statusHeaders returns the headers in which caches say in words what they did, in canonical form.
func statusHeaders() [6]string {
	return [...]string{
		"X-Cache",                // Fastly, CloudFront, Akamai, Squid: may list several caches
		"X-Cache-Status",         // what nginx is commonly told to send ($upstream_cache_status)
		"Cf-Cache-Status",        // Cloudflare
		"Cf-Aig-Cache-Status",    // Cloudflare's AI Gateway
		"Helicone-Cache",         // Helicone
		"X-Portkey-Cache-Status", // Portkey
	}
}

// Read reads what a header tells of caches: Cache-Status (RFC 9211), Age (RFC 9111), and the headers
// that content delivery networks, nginx and gateways to LLMs send. One that tells of a hit outweighs
// those that do not: the answer came from that cache.
func Read(h http.Header) (t Told) {
	if age := first(h, "Age"); age != "" {
		if seconds, err := strconv.ParseUint(strings.TrimSpace(age), 10, 31); err == nil && seconds > 0 {
			t.Source, t.Age = Edge, time.Duration(seconds)*time.Second
		}
	}
	for _, name := range statusHeaders() {
		for _, value := range h[name] {
			t.hear(statusInWords(value))
		}
	}
	for _, value := range h["Cache-Status"] {
		t.hear(statusOf(value))
	}
	if content := first(h, ContentHeader); content != "" {
		t.readContent(content)
	}
	return t
}

func first(h http.Header, name string) string {
	if values := h[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

func (t *Told) hear(s Source) {
	if t.Source != Edge && s != Unknown {
		t.Source = s
	}
}

// statusInWords reads the words in which one or several caches say what they did, such as
// "Hit from cloudfront", "TCP_MEM_HIT" or "MISS, HIT". A cache that asked the server whether its answer
// still holds (REVALIDATED, RefreshHit, TCP_REFRESH_HIT) is no cache that spared the server a request.
func statusInWords(value string) Source {
	told := Unknown
	for report := range strings.SplitSeq(value, ",") {
		report, _, _ = strings.Cut(strings.ToUpper(report), " FROM ") // the cache's name follows
		hit, missed := false, false
		for _, word := range strings.FieldsFunc(report, func(r rune) bool { return !unicode.IsLetter(r) }) {
			switch word {
			case "HIT", "STALE", "UPDATING":
				hit = true
			case "MISS", "EXPIRED", "BYPASS", "DYNAMIC", "REVALIDATED", "REFRESH", "REFRESHHIT", "DISABLED", "PASS":
				missed = true
			}
		}
		switch {
		case hit && !missed:
			return Edge
		case missed:
			told = Server
		}
	}
	return told
}

// statusOf reads a value of Cache-Status: a list of caches, each with parameters, of which hit says that
// the cache gave the answer and fwd that it forwarded the request.
func statusOf(value string) Source {
	told := Unknown
	for _, report := range split(value, ',') {
		for i, parameter := range split(report, ';') {
			name, set, _ := strings.Cut(strings.TrimSpace(parameter), "=")
			switch {
			case i == 0: // the cache's name
			case name == "hit" && set != "?0":
				return Edge
			case name == "fwd":
				told = Server
			}
		}
	}
	return told
}

// split splits a structured field (RFC 8941) at a separator outside of quoted strings.
func split(value string, at byte) (parts []string) {
	quoted, from := false, 0
	for i := 0; i < len(value); i++ {
		switch {
		case quoted && value[i] == '\\':
			i++
		case value[i] == '"':
			quoted = !quoted
		case value[i] == at && !quoted:
			parts, from = append(parts, value[from:i]), i+1
		}
	}
	return append(parts, value[from:])
}

// readContent reads the value of ContentHeader.
func (t *Told) readContent(value string) {
	for field := range strings.SplitSeq(value, ",") {
		name, number, _ := strings.Cut(strings.TrimSpace(field), "=")
		const most = 1e12 // ms, 30 years
		if ms, err := strconv.ParseFloat(number, 64); name == "changes_in_ms" && err == nil && ms > -most && ms < most {
			t.ChangesIn, t.ContentKnown = time.Duration(ms*float64(time.Millisecond)), true
		}
	}
}
