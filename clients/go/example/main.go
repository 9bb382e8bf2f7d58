// Example issues a token, verifies it, checks its scopes, revokes it and sees it refused.
//
// It reads AUTHSVC_ADDRESS, AUTHSVC_API_KEY_FILE, AUTHSVC_TENANT (default demo) and AUTHSVC_CA_FILE (TLS when set).
package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"time"

	authsvcv1 "github.com/authsvc/authsvc/clients/go/authsvc/v1"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

const (
	// How long a call may take, retries included.
	deadline = 5 * time.Second
	// For whom the tokens of this program are meant.
	audience = "https://api.demo.example"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "failed:", err)
		os.Exit(1)
	}
	fmt.Println("ok: issue verify check revoke verify")
}

func run(ctx context.Context) error {
	for _, name := range []string{"AUTHSVC_ADDRESS", "AUTHSVC_API_KEY_FILE"} {
		if os.Getenv(name) == "" {
			return fmt.Errorf("%s is not set", name)
		}
	}
	connections, err := connect(
		os.Getenv("AUTHSVC_ADDRESS"), os.Getenv("AUTHSVC_API_KEY_FILE"), os.Getenv("AUTHSVC_CA_FILE"),
	)
	if err != nil {
		return err
	}
	defer connections.Close()
	tokens := authsvcv1.NewTokenServiceClient(connections)
	tenant := cmp.Or(os.Getenv("AUTHSVC_TENANT"), "demo")

	token, err := issue(ctx, tokens, tenant)
	if err != nil {
		return fmt.Errorf("issue: %w", err)
	}
	if err := verify(ctx, tokens, tenant, token); err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	if err := check(ctx, tokens, tenant, token); err != nil {
		return fmt.Errorf("check: %w", err)
	}
	revision, err := revoke(ctx, tokens, tenant, token)
	if err != nil {
		return fmt.Errorf("revoke: %w", err)
	}
	if err := verifyRevoked(ctx, tokens, tenant, token, revision); err != nil {
		return fmt.Errorf("verify after revoke: %w", err)
	}
	if err := provokeError(ctx, tokens, tenant); err != nil {
		return fmt.Errorf("issue without audiences: %w", err)
	}
	return nil
}

func issue(ctx context.Context, tokens authsvcv1.TokenServiceClient, tenant string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	answer, err := tokens.Issue(ctx, &authsvcv1.IssueRequest{
		Tenant:    tenant,
		Subject:   "alice",
		ClientId:  "example-go",
		Audiences: []string{audience},
		Scopes:    []string{"repo", "read:users"},
		Ttl:       durationpb.New(10 * time.Minute),
		RequestId: rand.Text(), // a retry with the same id returns the same token instead of a second one
	})
	if err != nil {
		return "", err
	}
	fmt.Println("issued", answer.GetTokenId(), "until", answer.GetExpireTime().AsTime().Format(time.RFC3339))
	return answer.GetToken(), nil
}

func verify(ctx context.Context, tokens authsvcv1.TokenServiceClient, tenant, token string) error {
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	answer, err := tokens.Verify(ctx, &authsvcv1.VerifyRequest{Tenant: tenant, Token: token, Audience: audience})
	if err != nil {
		return err // no verdict: let nobody in
	}
	if !answer.GetValid() {
		return fmt.Errorf("refused: %v", answer.GetReason())
	}
	fmt.Println("verified for", answer.GetClaims().GetSubject(), answer.GetClaims().GetScopes())
	return nil
}

func check(ctx context.Context, tokens authsvcv1.TokenServiceClient, tenant, token string) error {
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	answer, err := tokens.CheckScopes(ctx, &authsvcv1.CheckScopesRequest{
		Tenant:   tenant,
		Token:    token,
		Audience: audience,
		Question: &authsvcv1.CheckScopesRequest_Requirement{
			Requirement: &authsvcv1.ScopeRequirement{AnyOf: []string{"repo", "public_repo"}},
		},
	})
	if err != nil {
		return err
	}
	if !answer.GetAllowed() {
		return fmt.Errorf("refused: %v, missing %v", answer.GetReason(), answer.GetMissing())
	}
	fmt.Println("allowed by", answer.GetMatched())
	return nil
}

func revoke(ctx context.Context, tokens authsvcv1.TokenServiceClient, tenant, token string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	answer, err := tokens.Revoke(ctx, &authsvcv1.RevokeRequest{
		Tenant: tenant,
		Reason: "the example is over",
		Target: &authsvcv1.RevokeRequest_Token{Token: token},
	})
	if err != nil {
		return "", err
	}
	fmt.Println("revoked at", answer.GetRevokeTime().AsTime().Format(time.RFC3339))
	return answer.GetRevision(), nil
}

func verifyRevoked(
	ctx context.Context, tokens authsvcv1.TokenServiceClient, tenant, token, revision string,
) error {
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	answer, err := tokens.Verify(ctx, &authsvcv1.VerifyRequest{
		Tenant:      tenant,
		Token:       token,
		Audience:    audience,
		MinRevision: revision, // whoever answers knows the revocation
	})
	if err != nil {
		return err
	}
	if answer.GetValid() || answer.GetReason() != authsvcv1.Reason_REASON_REVOKED {
		return fmt.Errorf("valid is %v and the reason %v", answer.GetValid(), answer.GetReason())
	}
	fmt.Println("refused since it is revoked")
	return nil
}

func provokeError(ctx context.Context, tokens authsvcv1.TokenServiceClient, tenant string) error {
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	_, err := tokens.Issue(ctx, &authsvcv1.IssueRequest{Tenant: tenant, Subject: "alice"})
	code, reason := status.Code(err), errorReason(err)
	if code != codes.InvalidArgument || reason != "INVALID_FIELD" {
		return fmt.Errorf("expected INVALID_ARGUMENT with INVALID_FIELD, got %v with %q: %w", code, reason, err)
	}
	fmt.Println("refused with", reason)
	return nil
}

// errorReason returns the machine-readable reason of an error of the service, or "" when it has none.
func errorReason(err error) string {
	for _, detail := range status.Convert(err).Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok && info.GetDomain() == "authsvc" {
			return info.GetReason()
		}
	}
	return ""
}
