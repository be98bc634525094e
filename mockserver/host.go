package mockserver

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"weighbridge/mockserver/authz"
	"weighbridge/mockserver/callback"
	"weighbridge/mockserver/fault"
	"weighbridge/mockserver/ledger"
)

// headerTimeout is the longest time that a client may take to send a request's header. It
// also applies to connections that were opened and never used; closing them early would be
// a fault that nobody configured, so that it is longer than clients keep idle connections.
const headerTimeout = 10 * time.Minute

// maxHeader is the largest request header in bytes. It is larger than the longest
// credential that is refused with an answer in the dialect's format.
const maxHeader = 2 << 20

// maxStreams is the number of concurrent HTTP/2 streams per connection. It is the default
// of client.in_flight, so that the protocol does not limit concurrency.
const maxStreams = 1000

// maxFrame is the largest HTTP/2 frame in bytes, the protocol's default. net/http's
// default is 1 MiB, which each idle connection may occupy.
const maxFrame = 16 << 10

// Instance is the mock of one arm: a server with its own port.
type Instance struct {
	Name   string
	Config Config
	// Address is the address to listen on; if empty, the system chooses a port on 127.0.0.1.
	Address string
	// H2C means cleartext: HTTP/1.1 and HTTP/2 with prior knowledge. Otherwise the
	// instance speaks TLS and offers h2 and http/1.1.
	H2C bool
	// Journal gets a line for each attempt; nil is no journal.
	Journal *ledger.Journal
	// Callbacks is where usage callbacks are sent.
	Callbacks callback.Delivery
}

// HostOptions configures a Host's control listener. With the zero value, settings cannot
// be changed.
type HostOptions struct {
	// Address is the address of the control listener; if empty, the system chooses a port
	// on 127.0.0.1.
	Address string
	// Token is what requests to the control listener must carry in the header TokenHeader;
	// empty means that any process of this machine may use it.
	Token string
	// Settings parses and renders configs.
	Settings SettingsCodec
	// Process reports the resources used by the process that hosts the mocks, as a value
	// for encoding/json; nil reports nothing.
	Process func() any
}

// Info describes a Host to its clients.
type Info struct {
	// Control is the base URL of the control listener.
	Control string `json:"control"`
	// CAPEM is the CA certificate of the arms.
	CAPEM string `json:"ca_pem"`
	Arms  []Arm  `json:"arms"`
}

// Arm describes the server of one arm to its clients.
type Arm struct {
	Name string `json:"name"`
	URL  string `json:"url"`
	// Introspection is the URL of the introspection endpoint (RFC 7662).
	Introspection string `json:"introspection"`
	// Regions are the URLs of the ports of regions, by name.
	Regions map[string]string `json:"regions,omitempty"`
	authz.Credentials
}

// Host serves instances on loopback, an auth server for each, and one control listener.
type Host struct {
	controlURL  string
	authority   string
	certificate tls.Certificate
	arms        []Arm
	servers     map[string]*Server
	// httpServers are closed in reverse order: an auth server comes before the API that uses it.
	httpServers []*http.Server
	serving     sync.WaitGroup
	unusedConns unusedConns
	options     HostOptions
}

// Listen starts instances. It fails if two have the same name, if a config is invalid or
// if an address cannot be listened on.
func Listen(instances []Instance, keeping HostOptions) (*Host, error) {
	h := &Host{servers: make(map[string]*Server, len(instances)), options: keeping}
	if err := h.open(instances); err != nil {
		return nil, errors.Join(err, h.Close(context.Background()))
	}
	return h, nil
}

// Info returns the addresses and credentials.
func (h *Host) Info() Info { return Info{h.controlURL, h.authority, h.arms} }

// Ledger returns a snapshot of the named instance's ledger.
func (h *Host) Ledger(name string) (ledger.Snapshot, error) {
	server, ok := h.servers[name]
	if !ok {
		return ledger.Snapshot{}, fmt.Errorf("no such arm: %s", name)
	}
	return server.Ledger().Snapshot()
}

// settleTimeout bounds how long Settle waits.
const settleTimeout = 5 * time.Second

// Settle waits until all usage callbacks have been sent, or for a few seconds. Then none is sent any
// more, and those left are in the ledgers as undelivered.
func (h *Host) Settle(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, settleTimeout)
	defer cancel()
	var settling sync.WaitGroup
	for _, server := range h.servers {
		settling.Go(func() { server.callbacks.Settle(ctx) })
	}
	settling.Wait()
}

// Close stops listening and waits until all requests are answered. When ctx is done, it
// closes the remaining connections and returns an error.
func (h *Host) Close(ctx context.Context) error {
	var failed error
	for i := len(h.httpServers) - 1; i >= 0; i-- {
		h.unusedConns.close()
		if err := h.httpServers[i].Shutdown(ctx); err != nil {
			failed = errors.Join(failed, err, h.httpServers[i].Close())
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
	listener, err := listen(h.options.Address)
	if err != nil {
		return fmt.Errorf("control: %w", err)
	}
	h.controlURL = h.serve(listener, h.control(), false)
	return nil
}

// start starts the auth server of an instance, and then the instance.
func (h *Host) start(instance Instance) error {
	if _, taken := h.servers[instance.Name]; taken {
		return errors.New("two instances have this name")
	}
	authListener, err := listen("")
	if err != nil {
		return err
	}
	server, err := New(instance.Config, Options{
		AuthURL: "http://" + authListener.Addr().String(), Secure: !instance.H2C, Journal: instance.Journal, Callbacks: instance.Callbacks,
	})
	if err != nil {
		return errors.Join(err, authListener.Close())
	}
	h.servers[instance.Name] = server
	introspection := h.serve(authListener, server.authHandler(), false) + introspectPath
	apiListener, err := listen(instance.Address)
	if err != nil {
		return err
	}
	url := h.serve(apiListener, server, !instance.H2C)
	regions, err := h.startRegions(server, !instance.H2C)
	if err != nil {
		return err
	}
	cred := server.Credentials()
	h.arms = append(h.arms, Arm{instance.Name, url, introspection, regions, cred})
	return nil
}

// startRegions opens the port of each region of a server, and returns their URLs.
func (h *Host) startRegions(server *Server, secure bool) (map[string]string, error) {
	urls := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(server.initial.Regions)) {
		listener, err := listen("")
		if err != nil {
			return nil, err
		}
		urls[name] = h.serve(listener, server.Region(name), secure)
	}
	return urls, nil
}

// listen listens on an address; if it is empty, the system chooses a port on 127.0.0.1.
func listen(address string) (net.Listener, error) {
	return net.Listen("tcp", cmp.Or(address, "127.0.0.1:0"))
}

// serve serves handler on listener, and returns the base URL. TLS is handled by the
// listener of package fault, whose connections faults can manipulate.
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
		ConnState:         h.unusedConns.watch,
		ConnContext:       fault.ConnContext,
		ErrorLog:          log.New(io.Discard, "", 0), // injected faults would fill the terminal
		// OPTIONS * is answered like any unknown path.
		DisableGeneralOptionsHandler: true,
	}
	h.httpServers = append(h.httpServers, server)
	scheme, tlsConfig := "http", (*tls.Config)(nil)
	if secure {
		scheme = "https"
		tlsConfig = &tls.Config{Certificates: []tls.Certificate{h.certificate}, NextProtos: []string{"h2", "http/1.1"}}
	}
	// Serve always returns http.ErrServerClosed.
	h.serving.Go(func() { _ = server.Serve(fault.NewListener(listener, tlsConfig)) })
	return scheme + "://" + reachable(listener.Addr())
}

// reachable returns the address at which this machine reaches a listener: its own, or one
// on loopback for a listener on all addresses.
func reachable(listening net.Addr) string {
	if tcp, ok := listening.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", strconv.Itoa(tcp.Port))
	}
	return listening.String()
}
