package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
)

// One connection is served by one worker of the service, whatever it carries. Several reach several workers.
const connections = 4

// Calls that met an unreachable service are sent again. All four are safe to repeat: Issue because it names a request_id.
const retries = `{"methodConfig": [{
	"name": [
		{"service": "authsvc.v1.TokenService", "method": "Issue"},
		{"service": "authsvc.v1.TokenService", "method": "Verify"},
		{"service": "authsvc.v1.TokenService", "method": "CheckScopes"},
		{"service": "authsvc.v1.TokenService", "method": "Revoke"}
	],
	"retryPolicy": {
		"maxAttempts": 4,
		"initialBackoff": "0.1s",
		"maxBackoff": "1s",
		"backoffMultiplier": 2,
		"retryableStatusCodes": ["UNAVAILABLE"]
	}
}]}`

// apiKey is the caller's own key, sent with every call.
type apiKey struct {
	key    string
	secure bool
}

func (a apiKey) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + a.key}, nil
}

// RequireTransportSecurity keeps the key off plain connections once TLS is on.
func (a apiKey) RequireTransportSecurity() bool { return a.secure }

// connect opens the connections. They dial when the first call needs them.
func connect(address, keyFile, caFile string) (*spread, error) {
	key, err := os.ReadFile(keyFile)
	if err != nil {
		return nil, err
	}
	// Plain text is for a service on this machine. Anywhere else, name the CA of its certificate.
	transport := insecure.NewCredentials()
	if caFile != "" {
		pem, err := os.ReadFile(caFile)
		if err != nil {
			return nil, err
		}
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificate", caFile)
		}
		transport = credentials.NewTLS(&tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12})
	}
	s := &spread{}
	for range connections {
		connection, err := grpc.NewClient(
			address,
			grpc.WithTransportCredentials(transport),
			grpc.WithPerRPCCredentials(apiKey{strings.TrimSpace(string(key)), caFile != ""}),
			grpc.WithDefaultServiceConfig(retries),
		)
		if err != nil {
			return nil, errors.Join(err, s.Close())
		}
		s.connections = append(s.connections, connection)
	}
	return s, nil
}

// spread hands each call to the next connection.
type spread struct {
	connections []*grpc.ClientConn
	calls       atomic.Uint64
}

func (s *spread) next() *grpc.ClientConn {
	return s.connections[s.calls.Add(1)%uint64(len(s.connections))]
}

func (s *spread) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	return s.next().Invoke(ctx, method, args, reply, opts...)
}

func (s *spread) NewStream(
	ctx context.Context, desc *grpc.StreamDesc, method string, opts ...grpc.CallOption,
) (grpc.ClientStream, error) {
	return s.next().NewStream(ctx, desc, method, opts...)
}

// Close closes every connection.
func (s *spread) Close() error {
	var all []error
	for _, connection := range s.connections {
		all = append(all, connection.Close())
	}
	return errors.Join(all...)
}
