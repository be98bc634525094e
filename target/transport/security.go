package transport

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"

	"weighbridge/target"
	"weighbridge/target/files"
)

// maxPEM is the length of the longest file of certificates or keys, in bytes.
const maxPEM = 1 << 20

// CheckFiles reads the files that client.tls names, and reports what is wrong with them.
func CheckFiles(c target.TLS) error {
	_, err := tlsConfig(c, nil)
	return err
}

// tlsConfig returns the TLS configuration of connections, without the protocols to negotiate. roots,
// unless nil, are trusted instead of those of c.
func tlsConfig(c target.TLS, roots *x509.CertPool) (*tls.Config, error) {
	cfg := &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12, ServerName: c.ServerName, InsecureSkipVerify: c.Insecure}
	if c.CA != "" {
		pem, err := files.Read(c.CA, maxPEM)
		if err != nil {
			return nil, fmt.Errorf("client.tls.ca: %w", err)
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("client.tls.ca: expected certificates in PEM (-----BEGIN CERTIFICATE-----) in %s, found none", c.CA)
		}
		if roots == nil {
			cfg.RootCAs = pool
		}
	}
	if c.Cert == "" {
		return cfg, nil
	}
	cert, err := files.Read(c.Cert, maxPEM)
	if err != nil {
		return nil, fmt.Errorf("client.tls.cert: %w", err)
	}
	key, err := files.Read(c.Key, maxPEM)
	if err != nil {
		return nil, fmt.Errorf("client.tls.key: %w", err)
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("client.tls.cert: expected the certificate in %s and its private key in %s, both in PEM: %w", c.Cert, c.Key, err)
	}
	cfg.Certificates = []tls.Certificate{pair}
	// Servers that ask for the certificate only when they know the path ask for it in a second handshake of TLS 1.2.
	cfg.Renegotiation = tls.RenegotiateOnceAsClient
	return cfg, nil
}

// explained is the error of a handshake with another text.
type explained struct {
	error
	text string
}

func (e explained) Error() string { return e.text }
func (e explained) Unwrap() error { return e.error }

// textNoProtocol is crypto/tls's error for the alert of a server that speaks none of the protocols
// offered (RFC 7301, section 3.2).
const textNoProtocol = "tls: no application protocol"

// textOtherProtocol is crypto/tls's error for a server that chooses a protocol that was not offered, as Apache's
// mpm_prefork does.
const textOtherProtocol = "tls: server selected unadvertised ALPN protocol"

// explainTLS adds to the error of a handshake that offered the protocol alpn which key of the
// scenario would prevent it.
func explainTLS(err error, alpn string) error {
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &unknown): // the text of crypto/x509 goes on with what it tried
		return explained{err, "the certificate is signed by an unknown authority (client.tls.ca is the file of the CA to trust)"}
	case errors.As(err, &record) && string(record.RecordHeader[:]) == "HTTP/":
		return explained{err, "the server does not speak TLS: expected an http:// URL"}
	case strings.Contains(err.Error(), textNoProtocol):
		return explained{err, notSpoken(alpn, "it refused the protocol in the TLS handshake")}
	case strings.Contains(err.Error(), textOtherProtocol):
		return explained{err, notSpoken(alpn, "it chose another protocol in the TLS handshake")}
	case errors.As(err, &name):
		return fmt.Errorf("%w (client.tls.server_name is the name to expect)", err)
	}
	return err
}

// notSpoken says that the server does not speak the protocol alpn, and which one to ask for.
func notSpoken(alpn, why string) string {
	if alpn == "h2" {
		return fmt.Sprintf("the server does not speak HTTP/2 over TLS (%s): expected client.protocol http/1.1", why)
	}
	return fmt.Sprintf("the server does not speak HTTP/1.1 over TLS (%s): expected client.protocol http/2", why)
}
