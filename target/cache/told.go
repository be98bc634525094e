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

// Told is what the header of an answer says about caches.
type Told struct {
	// Source is Unknown, Edge or Server.
	Source Source
	// Age is how long ago the server gave the answer: in whole seconds (RFC 9111 §5.1), or since
	// ContentHeader was written; 0 if it is not told.
	Age time.Duration
	// Refreshing says that the cache gave an answer whose time is over: it asks the server for a new one
	// behind it, or has asked in vain. So no request was saved.
	Refreshing bool
	// ChangesIn is how long the content of the answer stays the server's current one; it is negative if
	// it no longer is. ContentKnown is false if the answer does not say.
	ChangesIn    time.Duration
	ContentKnown bool
}

// ContentHeader is a response header of the bundled mock: the version of the answer's content, the time
// in ms until it changes, negative once it has, and when the mock wrote the header, in ms since 1970, as
// in "version=3, changes_in_ms=250.5, told_at_ms=1767225600000". A cache hands the header on as it got
// it, so that the time since then is the answer's age.
const ContentHeader = "Weighbridge-Content"

// Read reads what the header of an answer that came at now tells of caches: Cache-Status (RFC 9211), Age
// (RFC 9111), and the headers in which content delivery networks, nginx and gateways to LLMs say what
// they did. If any header tells of a hit, the answer came from that cache, whatever the others say.
func Read(h http.Header, now time.Time) (t Told) {
	content := ""
	for name, values := range h {
		switch name { // in canonical form
		case "Age":
			t.hearAge(values[0])
		case "X-Cache", // Fastly, CloudFront, Akamai, Squid: may list several caches
			"X-Cache-Status",         // what nginx is commonly told to send ($upstream_cache_status)
			"Cf-Cache-Status",        // Cloudflare
			"Cf-Aig-Cache-Status",    // Cloudflare's AI Gateway
			"Helicone-Cache",         // Helicone
			"X-Portkey-Cache-Status": // Portkey
			for _, value := range values {
				t.hear(statusInWords(value))
			}
		case "Cache-Status":
			for _, value := range values {
				t.hear(statusOf(value))
			}
		case ContentHeader:
			content = values[0]
		}
	}
	if content != "" {
		t.readContent(content, now)
	}
	return t
}

func (t *Told) hearAge(value string) {
	if seconds, err := strconv.ParseUint(strings.TrimSpace(value), 10, 31); err == nil && seconds > 0 {
		t.Source, t.Age = Edge, time.Duration(seconds)*time.Second
	}
}

func (t *Told) hear(s Source, refreshing bool) {
	if t.Source != Edge && s != Unknown {
		t.Source = s
	}
	t.Refreshing = t.Refreshing || refreshing
}

// statusInWords reads the words in which one or several caches say what they did, such as "Hit from cloudfront",
// "TCP_MEM_HIT" or "MISS, HIT". A cache that asked the server whether its answer is still current (REVALIDATED,
// RefreshHit, TCP_REFRESH_HIT) has saved no request. Nor is one that says STALE, though its answer came from it: nginx
// then asks in the background (proxy_cache_background_update) or has asked in vain (proxy_cache_use_stale). UPDATING
// says that another request asks.
func statusInWords(value string) (told Source, refreshing bool) {
	for report := range strings.SplitSeq(value, ",") {
		report, _, _ = strings.Cut(strings.ToUpper(report), " FROM ") // the cache's name follows
		hit, missed, stale := false, false, false
		for _, word := range strings.FieldsFunc(report, func(r rune) bool { return !unicode.IsLetter(r) }) {
			switch word {
			case "HIT", "UPDATING":
				hit = true
			case "STALE":
				hit, stale = true, true
			case "MISS", "EXPIRED", "BYPASS", "DYNAMIC", "REVALIDATED", "REFRESH", "REFRESHHIT", "DISABLED", "PASS":
				missed = true
			}
		}
		switch {
		case hit && !missed:
			return Edge, stale
		case missed:
			told = Server
		}
	}
	return told, false
}

// statusOf reads a value of Cache-Status: a list of caches, each with parameters, of which hit says that
// the cache gave the answer and fwd that it forwarded the request. Where nginx is told to send
// $upstream_cache_status under that name, its word stands in the place of the cache's name, or is the
// value of hit, which RFC 9211 has as a Boolean.
func statusOf(value string) (told Source, refreshing bool) {
	for _, report := range split(value, ',') {
		parameters := split(report, ';')
		if len(parameters) == 1 {
			told, refreshing = statusInWords(report)
		}
		for _, parameter := range parameters[1:] {
			switch name, set, _ := strings.Cut(strings.TrimSpace(parameter), "="); {
			case name == "hit" && (set == "" || set == "?1"):
				return Edge, false
			case name == "hit" && set != "?0":
				told, refreshing = statusInWords(set)
			case name == "fwd":
				told = Server
			}
		}
		if told == Edge {
			return told, refreshing
		}
	}
	return told, false
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
func (t *Told) readContent(value string, now time.Time) {
	var age time.Duration
	for field := range strings.SplitSeq(value, ",") {
		name, number, _ := strings.Cut(strings.TrimSpace(field), "=")
		ms, err := strconv.ParseFloat(number, 64)
		const most = 1e12 // ms, 30 years
		switch {
		case err != nil:
		case name == "changes_in_ms" && ms > -most && ms < most:
			t.ChangesIn, t.ContentKnown = time.Duration(ms*float64(time.Millisecond)), true
		case name == "told_at_ms" && ms > 0 && ms < 100*most:
			age = max(now.Sub(time.UnixMilli(int64(ms))), 0)
		}
	}
	if t.Source != Edge {
		return
	}
	t.ChangesIn -= age
	if t.Age == 0 {
		t.Age = age
	}
}
