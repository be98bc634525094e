package mockserver

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"

	"weighbridge/mockserver/authz"
	"weighbridge/mockserver/fault"
	"weighbridge/mockserver/ledger"
)

// headerTimeout bounds how long a client may take over its request's header. It
// also closes a connection that was opened and never used, which is no fault a
// mock should deal unasked: so it is longer than a client keeps one in reserve.
const headerTimeout = 10 * time.Minute

// maxHeader bounds a request's header in bytes: more than any credential that is
// answered in a dialect's words.
const maxHeader = 2 << 20

// maxStreams is how many HTTP/2 requests one connection may have at once: as
// many as client.in_flight's default, so that the mock's protocol is no limit
// of its own.
const maxStreams = 1000

// maxFrame is the largest HTTP/2 frame taken, in bytes: the protocol's own
// default. net/http's of 1 MiB lets each idle connection hold that much.
const maxFrame = 16 << 10

// Instance is one arm's mock: a server and a port of its own.
type Instance struct {
	Name   string
	Config Config
	// Address is where it listens; empty is a port of 127.0.0.1 that the system chooses.
	Address string
	// H2C speaks cleartext HTTP/1.1 and HTTP/2 with prior knowledge; otherwise
	// it is TLS, which offers h2 and http/1.1.
	H2C bool
	// Journal is where each decision is written; nil is nowhere.
	Journal *ledger.Journal
}

// Keeping is how a Host is kept from outside. The zero Keeping takes no changes.
type Keeping struct {
	// Address is where the control listener is; empty is a port of 127.0.0.1 that
	// the system chooses.
	Address string
	// Settings is how configs are written.
	Settings Settings
	// Process is what the process that hosts the mocks takes of its machine, to be
	// written as JSON; nil tells nothing.
	Process func() any
}

// Info is what a client needs to know of a Host.
type Info struct {
	// Control is the base URL of the control listener.
	Control string `json:"control"`
	// CAPEM is the authority that the arms' certificate is checked against.
	CAPEM string `json:"ca_pem"`
	Arms  []Arm  `json:"arms"`
}

// Arm is one instance as its clients see it.
type Arm struct {
	Name string `json:"name"`
	URL  string `json:"url"`
	// Introspection is where opaque tokens are introspected (RFC 7662).
	Introspection string `json:"introspection"`
	authz.Credentials
}

// Host serves instances on loopback, each with its auth server, and one control
// listener beside them.
type Host struct {
	controlURL  string
	authority   string
	certificate tls.Certificate
	arms        []Arm
	servers     map[string]*Server
	// listening closes from its end: an auth server stands before the API that asks it.
	listening []*http.Server
	serving   sync.WaitGroup
	unused    unused
	keeping   Keeping
}

// Listen starts instances. It fails when two have one name, a config does not
// validate or an address is not to be had.
func Listen(instances []Instance, keeping Keeping) (*Host, error) {
	h := &Host{servers: make(map[string]*Server, len(instances)), keeping: keeping}
	if err := h.open(instances); err != nil {
		return nil, errors.Join(err, h.Close(context.Background()))
	}
	return h, nil
}

// Info says where everything is.
func (h *Host) Info() Info { return Info{h.controlURL, h.authority, h.arms} }

// Ledger is what the instance of that name truly did.
func (h *Host) Ledger(name string) (ledger.Snapshot, error) {
	server, ok := h.servers[name]
	if !ok {
		return ledger.Snapshot{}, fmt.Errorf("no such arm: %s", name)
	}
	return server.Ledger().Snapshot()
}

// Close stops listening, waits until all requests are answered or ctx ends,
// and then cuts what is left.
func (h *Host) Close(ctx context.Context) error {
	var failed error
	for i := len(h.listening) - 1; i >= 0; i-- {
		h.unused.close()
		if err := h.listening[i].Shutdown(ctx); err != nil {
			failed = errors.Join(failed, err, h.listening[i].Close())
		}
	}
	for _, server := range h.servers {
		server.Close()
	}
	h.serving.Wait()
	return failed
}

func (h *Host) open(instances []Instance) error {
	var err error
	if h.certificate, h.authority, err = newCertificate(time.Now()); err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	for _, instance := range instances {
		if err := h.start(instance); err != nil {
			return fmt.Errorf("arm %q: %w", instance.Name, err)
		}
	}
	listener, err := listen(h.keeping.Address)
	if err != nil {
		return fmt.Errorf("control: %w", err)
	}
	h.controlURL = h.serve(listener, h.control(), false)
	return nil
}

// start opens the auth server of an instance, and then the instance.
func (h *Host) start(instance Instance) error {
	if _, taken := h.servers[instance.Name]; taken {
		return errors.New("two instances have this name")
	}
	atAuth, err := listen("")
	if err != nil {
		return err
	}
	server, err := New(instance.Config, Options{
		AuthURL: "http://" + atAuth.Addr().String(), Secure: !instance.H2C, Journal: instance.Journal,
	})
	if err != nil {
		return errors.Join(err, atAuth.Close())
	}
	h.servers[instance.Name] = server
	introspection := h.serve(atAuth, server.AuthHandler(), false) + introspectPath
	atAPI, err := listen(instance.Address)
	if err != nil {
		return err
	}
	url := h.serve(atAPI, server, !instance.H2C)
	cred := server.Credentials()
	h.arms = append(h.arms, Arm{instance.Name, url, introspection, cred})
	return nil
}

// listen opens an address; empty is a port of 127.0.0.1 that the system chooses.
func listen(address string) (net.Listener, error) {
	return net.Listen("tcp", cmp.Or(address, "127.0.0.1:0"))
}

// serve answers with handler what comes to listener, and returns its base URL.
// TLS is the listener's own: it hands on connections that faults can reach.
func (h *Host) serve(listener net.Listener, handler http.Handler, secure bool) string {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	server := &http.Server{
		Handler:           handler,
		Protocols:         protocols,
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: maxStreams, MaxReadFrameSize: maxFrame},
		ReadHeaderTimeout: headerTimeout,
		MaxHeaderBytes:    maxHeader,
		ConnState:         h.unused.watch,
		ConnContext:       fault.ConnContext,
		ErrorLog:          log.New(io.Discard, "", 0), // faults dealt on purpose would fill a terminal
		// OPTIONS * is answered as any path that is not there.
		DisableGeneralOptionsHandler: true,
	}
	h.listening = append(h.listening, server)
	scheme, secured := "http", (*tls.Config)(nil)
	if secure {
		scheme = "https"
		secured = &tls.Config{Certificates: []tls.Certificate{h.certificate}, NextProtos: []string{"h2", "http/1.1"}}
	}
	// Its error is always that of Close, which asked it to end.
	h.serving.Go(func() { _ = server.Serve(fault.NewListener(listener, secured)) })
	return scheme + "://" + listener.Addr().String()
}
