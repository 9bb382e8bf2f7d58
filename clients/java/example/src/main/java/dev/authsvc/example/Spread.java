package dev.authsvc.example;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ChannelCredentials;
import io.grpc.ClientCall;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.TlsChannelCredentials;
import io.grpc.stub.MetadataUtils;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** A channel that hands each call to the next of several connections. */
final class Spread extends Channel implements AutoCloseable {
  /**
   * One connection is served by one worker of the service, whatever it carries. Several reach several workers.
   */
  private static final int CONNECTIONS = 4;

  private static final String SERVICE = "authsvc.v1.TokenService";

  /**
   * Calls that met an unreachable service are sent again. All four are safe to repeat: Issue because it names a
   * request_id. Numbers in a service config are doubles.
   */
  private static final Map<String, ?> RETRIES =
      Map.of(
          "methodConfig",
          List.of(
              Map.of(
                  "name",
                  List.of(
                      Map.of("service", SERVICE, "method", "Issue"),
                      Map.of("service", SERVICE, "method", "Verify"),
                      Map.of("service", SERVICE, "method", "CheckScopes"),
                      Map.of("service", SERVICE, "method", "Revoke")),
                  "retryPolicy",
                  Map.of(
                      "maxAttempts", 4.0,
                      "initialBackoff", "0.1s",
                      "maxBackoff", "1s",
                      "backoffMultiplier", 2.0,
                      "retryableStatusCodes", List.of("UNAVAILABLE")))));

  private final List<ManagedChannel> connections = new ArrayList<>();
  private final AtomicInteger calls = new AtomicInteger();

  /** Opens the connections, plain when {@code caFile} is null. They dial when the first call needs them. */
  Spread(String address, Path keyFile, String caFile) throws IOException {
    Metadata metadata = new Metadata();
    metadata.put(
        Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER),
        "Bearer " + Files.readString(keyFile).strip());
    // Plain text is for a service on this machine. Anywhere else, name the CA of its certificate.
    ChannelCredentials transport =
        caFile == null
            ? InsecureChannelCredentials.create()
            : TlsChannelCredentials.newBuilder().trustManager(new File(caFile)).build();
    for (int i = 0; i < CONNECTIONS; i++) {
      connections.add(
          Grpc.newChannelBuilder(address, transport)
              .defaultServiceConfig(RETRIES)
              .enableRetry()
              .intercept(MetadataUtils.newAttachHeadersInterceptor(metadata))
              .build());
    }
  }

  private Channel next() {
    return connections.get(Math.floorMod(calls.getAndIncrement(), CONNECTIONS));
  }

  @Override
  public <Q, A> ClientCall<Q, A> newCall(MethodDescriptor<Q, A> method, CallOptions options) {
    return next().newCall(method, options);
  }

  @Override
  public String authority() {
    return connections.get(0).authority();
  }

  @Override
  public void close() {
    connections.forEach(ManagedChannel::shutdownNow);
  }
}
