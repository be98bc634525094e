package transport

import (
	"crypto/tls"
	"errors"
	"testing"

	"weighbridge/target"
)

// The error is crypto/tls's for Apache's mpm_prefork, which takes HTTP/1.1 whatever is offered.
func TestServersThatTakeAnotherProtocolSayWhichToAskFor(t *testing.T) {
	const want = "the server does not speak HTTP/2 over TLS (it chose another protocol in the TLS handshake): expected client.protocol http/1.1"
	if got := explainTLS(errors.New("tls: server selected unadvertised ALPN protocol"), "h2").Error(); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// A server may ask for the certificate only when it knows the path: over TLS 1.2, in a second handshake. Go's own
// servers cannot.
func TestACertificateMayBeAskedForLater(t *testing.T) {
	cert, key := identity(t, "a client")
	cfg, err := tlsConfig(target.TLS{Cert: cert, Key: key}, nil)
	if err != nil || cfg.Renegotiation != tls.RenegotiateOnceAsClient {
		t.Errorf("%+v (%v)", cfg, err)
	}
}
