package dev.authsvc.example;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import dev.authsvc.v1.CheckScopesRequest;
import dev.authsvc.v1.CheckScopesResponse;
import dev.authsvc.v1.IssueRequest;
import dev.authsvc.v1.IssueResponse;
import dev.authsvc.v1.Reason;
import dev.authsvc.v1.RevokeRequest;
import dev.authsvc.v1.RevokeResponse;
import dev.authsvc.v1.ScopeRequirement;
import dev.authsvc.v1.TokenServiceGrpc;
import dev.authsvc.v1.TokenServiceGrpc.TokenServiceBlockingStub;
import dev.authsvc.v1.VerifyRequest;
import dev.authsvc.v1.VerifyResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * Issues a token, verifies it, checks its scopes, revokes it and sees it refused.
 *
 * <p>It reads AUTHSVC_ADDRESS, AUTHSVC_API_KEY_FILE, AUTHSVC_TENANT (default demo) and AUTHSVC_CA_FILE (TLS when
 * set).
 */
public final class Example {
  /** How long a call may take, in seconds, retries included. */
  private static final long DEADLINE = 5;

  /** For whom the tokens of this program are meant. */
  private static final String AUDIENCE = "https://api.demo.example";

  private final TokenServiceBlockingStub stub;
  private final String tenant;

  private Example(Spread connections, String tenant) {
    this.stub = TokenServiceGrpc.newBlockingStub(connections);
    this.tenant = tenant;
  }

  /** Runs the example as the environment says; exits with 0 when everything was as expected. */
  public static void main(String[] arguments) {
    try {
      String tenant = Objects.requireNonNullElse(optional("AUTHSVC_TENANT"), "demo");
      try (Spread connections =
          new Spread(
              required("AUTHSVC_ADDRESS"),
              Path.of(required("AUTHSVC_API_KEY_FILE")),
              optional("AUTHSVC_CA_FILE"))) {
        new Example(connections, tenant).run();
      }
    } catch (IOException | StatusRuntimeException | UnexpectedException failure) {
      System.err.println("failed: " + failure.getMessage());
      System.exit(1);
    }
    System.out.println("ok: issue verify check revoke verify");
  }

  private void run() throws UnexpectedException {
    String token = issue();
    verify(token);
    check(token);
    String revision = revoke(token);
    verifyRevoked(token, revision);
    provokeError();
  }

  private TokenServiceBlockingStub tokens() {
    return stub.withDeadlineAfter(DEADLINE, TimeUnit.SECONDS);
  }

  private String issue() {
    IssueResponse answer =
        tokens()
            .issue(
                IssueRequest.newBuilder()
                    .setTenant(tenant)
                    .setSubject("alice")
                    .setClientId("example-java")
                    .addAudiences(AUDIENCE)
                    .addScopes("repo")
                    .addScopes("read:users")
                    .setTtl(Duration.newBuilder().setSeconds(600))
                    // A retry with the same id returns the same token instead of a second one.
                    .setRequestId(UUID.randomUUID().toString())
                    .build());
    System.out.println(
        "issued " + answer.getTokenId() + " until " + Instant.ofEpochSecond(answer.getExpireTime().getSeconds()));
    return answer.getToken();
  }

  private void verify(String token) throws UnexpectedException {
    VerifyResponse answer =
        tokens()
            .verify(
                VerifyRequest.newBuilder().setTenant(tenant).setToken(token).setAudience(AUDIENCE).build());
    if (!answer.getValid()) {
      throw new UnexpectedException("verify: refused, " + answer.getReason());
    }
    System.out.println("verified for " + answer.getClaims().getSubject() + " " + answer.getClaims().getScopesList());
  }

  private void check(String token) throws UnexpectedException {
    CheckScopesResponse answer =
        tokens()
            .checkScopes(
                CheckScopesRequest.newBuilder()
                    .setTenant(tenant)
                    .setToken(token)
                    .setAudience(AUDIENCE)
                    .setRequirement(ScopeRequirement.newBuilder().addAnyOf("repo").addAnyOf("public_repo"))
                    .build());
    if (!answer.getAllowed()) {
      throw new UnexpectedException(
          "check: refused, " + answer.getReason() + ", missing " + answer.getMissing());
    }
    System.out.println("allowed by " + answer.getMatchedList());
  }

  private String revoke(String token) {
    RevokeResponse answer =
        tokens()
            .revoke(
                RevokeRequest.newBuilder()
                    .setTenant(tenant)
                    .setToken(token)
                    .setReason("the example is over")
                    .build());
    System.out.println("revoked at " + Instant.ofEpochSecond(answer.getRevokeTime().getSeconds()));
    return answer.getRevision();
  }

  private void verifyRevoked(String token, String revision) throws UnexpectedException {
    VerifyResponse answer =
        tokens()
            .verify(
                VerifyRequest.newBuilder()
                    .setTenant(tenant)
                    .setToken(token)
                    .setAudience(AUDIENCE)
                    .setMinRevision(revision) // whoever answers knows the revocation
                    .build());
    if (answer.getValid() || answer.getReason() != Reason.REASON_REVOKED) {
      throw new UnexpectedException(
          "verify after revoke: valid is " + answer.getValid() + ", " + answer.getReason());
    }
    System.out.println("refused since it is revoked");
  }

  private void provokeError() throws UnexpectedException {
    try {
      tokens().issue(IssueRequest.newBuilder().setTenant(tenant).setSubject("alice").build());
    } catch (StatusRuntimeException error) {
      String reason = errorReason(error);
      if (error.getStatus().getCode() != Status.Code.INVALID_ARGUMENT || !reason.equals("INVALID_FIELD")) {
        throw new UnexpectedException("issue without audiences: " + error.getStatus() + ", " + reason);
      }
      System.out.println("refused with " + reason);
      return;
    }
    throw new UnexpectedException("issue without audiences: a token");
  }

  /** Returns the machine-readable reason of an error of the service, or "" when it has none. */
  private static String errorReason(StatusRuntimeException error) {
    com.google.rpc.Status status = StatusProto.fromThrowable(error);
    for (Any detail : status.getDetailsList()) {
      if (detail.is(ErrorInfo.class)) {
        try {
          ErrorInfo info = detail.unpack(ErrorInfo.class);
          if (info.getDomain().equals("authsvc")) {
            return info.getReason();
          }
        } catch (InvalidProtocolBufferException malformed) {
          return "";
        }
      }
    }
    return "";
  }

  private static String required(String name) throws UnexpectedException {
    String value = optional(name);
    if (value == null) {
      throw new UnexpectedException(name + " is not set");
    }
    return value;
  }

  private static String optional(String name) {
    String value = System.getenv(name);
    return value == null || value.isEmpty() ? null : value;
  }

  /** Something is not as this program expects it. */
  private static final class UnexpectedException extends Exception {
    private static final long serialVersionUID = 1L;

    UnexpectedException(String message) {
      super(message);
    }
  }
}
