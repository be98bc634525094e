package authz_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"weighbridge/mockserver/authz"
)

// testKeys are generated once, since RSA keys take time.
var testKeys = sync.OnceValue(func() (made struct {
	rsa  *rsa.PrivateKey
	cred authz.Credentials
	ec   *ecdsa.PrivateKey // the SigningKey of cred
	ed   ed25519.PrivateKey
},
) {
	var err error
	if made.rsa, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		panic(err)
	}
	if _, made.ed, err = ed25519.GenerateKey(rand.Reader); err != nil {
		panic(err)
	}
	if made.cred, err = authz.NewCredentials(rand.Reader, authz.Config{JWT: authz.JWT{Secret: secret}}); err != nil {
		panic(err)
	}
	if made.ec, err = jwt.ParseECPrivateKeyFromPEM([]byte(made.cred.SigningKey)); err != nil {
		panic(err)
	}
	return made
})

const (
	rsaID = "rsa-1"
	edID  = "ed-1"
)

func signingCredentials() authz.Credentials { return testKeys().cred }

func randomness() io.Reader { return rand.Reader }

// configWithKeys accepts the mock's own key, an RSA key with the ID rsaID, and an Ed25519 key with the ID edID.
func configWithKeys() authz.Config {
	return authz.Config{JWT: authz.JWT{Keys: map[string]string{
		rsaID: publicPEM(testKeys().rsa.Public()), edID: publicPEM(testKeys().ed.Public()),
	}}}
}

func publicPEM(key crypto.PublicKey) string {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

func signRSA(t testing.TB, c jwt.Claims) string {
	return signHeader(t, jwt.SigningMethodRS256, testKeys().rsa, c, map[string]any{"kid": rsaID})
}

func signEd(t testing.TB, c jwt.Claims) string {
	return signHeader(t, jwt.SigningMethodEdDSA, testKeys().ed, c, map[string]any{"kid": edID})
}

func signEC(t testing.TB, c jwt.Claims) string {
	return signHeader(t, jwt.SigningMethodES256, testKeys().ec, c, map[string]any{"kid": signingCredentials().KeyID})
}

// signHeader signs a token with additional header fields.
func signHeader(t testing.TB, method jwt.SigningMethod, key any, c jwt.Claims, header map[string]any) string {
	t.Helper()
	token := jwt.NewWithClaims(method, c)
	for name, value := range header {
		token.Header[name] = value
	}
	signed, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func admits(t *testing.T, authorizer *authz.Authorizer, h http.Header) bool {
	t.Helper()
	who, err := authorizer.Check(t.Context(), h)
	var refusal authz.Refusal
	switch {
	case err == nil && who.Scheme == "":
		t.Fatal("accepted without a scheme")
	case err != nil && !errors.As(err, &refusal):
		t.Fatalf("not a refusal: %v", err)
	case err != nil && who != (authz.Identity{}):
		t.Fatalf("refused, but with the identity %+v", who)
	}
	return err == nil
}

func TestValidateChecksKeys(t *testing.T) {
	p224, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	short := &rsa.PublicKey{N: new(big.Int).Rsh(testKeys().rsa.N, 1024), E: 65537}
	for _, test := range []struct{ name, pem, want string }{
		{"RSA", publicPEM(testKeys().rsa.Public()), ""},
		{"P-256", publicPEM(testKeys().ec.Public()), ""},
		{"Ed25519", publicPEM(testKeys().ed.Public()), ""},
		{"no PEM", "pem", "PUBLIC KEY"},
		{"the private half", signingCredentials().SigningKey, "PUBLIC KEY"},
		{"no DER", string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: []byte("x")})), "not a public key"},
		{"another curve", publicPEM(p224.Public()), "P-256, P-384 or P-521"},
		{"a short key", publicPEM(short), "at least 2048 bits, found 1024"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := authz.Config{JWT: authz.JWT{Keys: map[string]string{"k": test.pem}}}.Validate()
			if test.want == "" && err != nil {
				t.Errorf("refused: %v", err)
			}
			if test.want != "" && (err == nil || !strings.HasPrefix(err.Error(), "auth.jwt.keys.k: ") || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}
