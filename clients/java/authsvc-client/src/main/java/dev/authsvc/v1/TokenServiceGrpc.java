package dev.authsvc.v1;

import static io.grpc.MethodDescriptor.generateFullMethodName;

/**
 * <pre>
 * The life of a token. Every call carries a key of this service in the metadata "authorization: Bearer KEY". Errors carry a google.rpc.ErrorInfo whose reason is an ErrorReason.
 * </pre>
 */
@io.grpc.stub.annotations.GrpcGenerated
public final class TokenServiceGrpc {

  private TokenServiceGrpc() {}

  public static final java.lang.String SERVICE_NAME = "authsvc.v1.TokenService";

  // Static method descriptors that strictly reflect the proto.
  private static volatile io.grpc.MethodDescriptor<dev.authsvc.v1.IssueRequest,
      dev.authsvc.v1.IssueResponse> getIssueMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "Issue",
      requestType = dev.authsvc.v1.IssueRequest.class,
      responseType = dev.authsvc.v1.IssueResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.authsvc.v1.IssueRequest,
      dev.authsvc.v1.IssueResponse> getIssueMethod() {
    io.grpc.MethodDescriptor<dev.authsvc.v1.IssueRequest, dev.authsvc.v1.IssueResponse> getIssueMethod;
    if ((getIssueMethod = TokenServiceGrpc.getIssueMethod) == null) {
      synchronized (TokenServiceGrpc.class) {
        if ((getIssueMethod = TokenServiceGrpc.getIssueMethod) == null) {
          TokenServiceGrpc.getIssueMethod = getIssueMethod =
              io.grpc.MethodDescriptor.<dev.authsvc.v1.IssueRequest, dev.authsvc.v1.IssueResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "Issue"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.IssueRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.IssueResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TokenServiceMethodDescriptorSupplier("Issue"))
              .build();
        }
      }
    }
    return getIssueMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.authsvc.v1.VerifyRequest,
      dev.authsvc.v1.VerifyResponse> getVerifyMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "Verify",
      requestType = dev.authsvc.v1.VerifyRequest.class,
      responseType = dev.authsvc.v1.VerifyResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.authsvc.v1.VerifyRequest,
      dev.authsvc.v1.VerifyResponse> getVerifyMethod() {
    io.grpc.MethodDescriptor<dev.authsvc.v1.VerifyRequest, dev.authsvc.v1.VerifyResponse> getVerifyMethod;
    if ((getVerifyMethod = TokenServiceGrpc.getVerifyMethod) == null) {
      synchronized (TokenServiceGrpc.class) {
        if ((getVerifyMethod = TokenServiceGrpc.getVerifyMethod) == null) {
          TokenServiceGrpc.getVerifyMethod = getVerifyMethod =
              io.grpc.MethodDescriptor.<dev.authsvc.v1.VerifyRequest, dev.authsvc.v1.VerifyResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "Verify"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.VerifyRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.VerifyResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TokenServiceMethodDescriptorSupplier("Verify"))
              .build();
        }
      }
    }
    return getVerifyMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.authsvc.v1.CheckScopesRequest,
      dev.authsvc.v1.CheckScopesResponse> getCheckScopesMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "CheckScopes",
      requestType = dev.authsvc.v1.CheckScopesRequest.class,
      responseType = dev.authsvc.v1.CheckScopesResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.authsvc.v1.CheckScopesRequest,
      dev.authsvc.v1.CheckScopesResponse> getCheckScopesMethod() {
    io.grpc.MethodDescriptor<dev.authsvc.v1.CheckScopesRequest, dev.authsvc.v1.CheckScopesResponse> getCheckScopesMethod;
    if ((getCheckScopesMethod = TokenServiceGrpc.getCheckScopesMethod) == null) {
      synchronized (TokenServiceGrpc.class) {
        if ((getCheckScopesMethod = TokenServiceGrpc.getCheckScopesMethod) == null) {
          TokenServiceGrpc.getCheckScopesMethod = getCheckScopesMethod =
              io.grpc.MethodDescriptor.<dev.authsvc.v1.CheckScopesRequest, dev.authsvc.v1.CheckScopesResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "CheckScopes"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.CheckScopesRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.CheckScopesResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TokenServiceMethodDescriptorSupplier("CheckScopes"))
              .build();
        }
      }
    }
    return getCheckScopesMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.authsvc.v1.RevokeRequest,
      dev.authsvc.v1.RevokeResponse> getRevokeMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "Revoke",
      requestType = dev.authsvc.v1.RevokeRequest.class,
      responseType = dev.authsvc.v1.RevokeResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.authsvc.v1.RevokeRequest,
      dev.authsvc.v1.RevokeResponse> getRevokeMethod() {
    io.grpc.MethodDescriptor<dev.authsvc.v1.RevokeRequest, dev.authsvc.v1.RevokeResponse> getRevokeMethod;
    if ((getRevokeMethod = TokenServiceGrpc.getRevokeMethod) == null) {
      synchronized (TokenServiceGrpc.class) {
        if ((getRevokeMethod = TokenServiceGrpc.getRevokeMethod) == null) {
          TokenServiceGrpc.getRevokeMethod = getRevokeMethod =
              io.grpc.MethodDescriptor.<dev.authsvc.v1.RevokeRequest, dev.authsvc.v1.RevokeResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "Revoke"))
              .setIdempotent(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.RevokeRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.RevokeResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TokenServiceMethodDescriptorSupplier("Revoke"))
              .build();
        }
      }
    }
    return getRevokeMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.authsvc.v1.BatchVerifyRequest,
      dev.authsvc.v1.BatchVerifyResponse> getBatchVerifyMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "BatchVerify",
      requestType = dev.authsvc.v1.BatchVerifyRequest.class,
      responseType = dev.authsvc.v1.BatchVerifyResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.authsvc.v1.BatchVerifyRequest,
      dev.authsvc.v1.BatchVerifyResponse> getBatchVerifyMethod() {
    io.grpc.MethodDescriptor<dev.authsvc.v1.BatchVerifyRequest, dev.authsvc.v1.BatchVerifyResponse> getBatchVerifyMethod;
    if ((getBatchVerifyMethod = TokenServiceGrpc.getBatchVerifyMethod) == null) {
      synchronized (TokenServiceGrpc.class) {
        if ((getBatchVerifyMethod = TokenServiceGrpc.getBatchVerifyMethod) == null) {
          TokenServiceGrpc.getBatchVerifyMethod = getBatchVerifyMethod =
              io.grpc.MethodDescriptor.<dev.authsvc.v1.BatchVerifyRequest, dev.authsvc.v1.BatchVerifyResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "BatchVerify"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.BatchVerifyRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.BatchVerifyResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TokenServiceMethodDescriptorSupplier("BatchVerify"))
              .build();
        }
      }
    }
    return getBatchVerifyMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.authsvc.v1.BatchCheckScopesRequest,
      dev.authsvc.v1.BatchCheckScopesResponse> getBatchCheckScopesMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "BatchCheckScopes",
      requestType = dev.authsvc.v1.BatchCheckScopesRequest.class,
      responseType = dev.authsvc.v1.BatchCheckScopesResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.authsvc.v1.BatchCheckScopesRequest,
      dev.authsvc.v1.BatchCheckScopesResponse> getBatchCheckScopesMethod() {
    io.grpc.MethodDescriptor<dev.authsvc.v1.BatchCheckScopesRequest, dev.authsvc.v1.BatchCheckScopesResponse> getBatchCheckScopesMethod;
    if ((getBatchCheckScopesMethod = TokenServiceGrpc.getBatchCheckScopesMethod) == null) {
      synchronized (TokenServiceGrpc.class) {
        if ((getBatchCheckScopesMethod = TokenServiceGrpc.getBatchCheckScopesMethod) == null) {
          TokenServiceGrpc.getBatchCheckScopesMethod = getBatchCheckScopesMethod =
              io.grpc.MethodDescriptor.<dev.authsvc.v1.BatchCheckScopesRequest, dev.authsvc.v1.BatchCheckScopesResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "BatchCheckScopes"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.BatchCheckScopesRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.BatchCheckScopesResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TokenServiceMethodDescriptorSupplier("BatchCheckScopes"))
              .build();
        }
      }
    }
    return getBatchCheckScopesMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.authsvc.v1.InspectRequest,
      dev.authsvc.v1.InspectResponse> getInspectMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "Inspect",
      requestType = dev.authsvc.v1.InspectRequest.class,
      responseType = dev.authsvc.v1.InspectResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.authsvc.v1.InspectRequest,
      dev.authsvc.v1.InspectResponse> getInspectMethod() {
    io.grpc.MethodDescriptor<dev.authsvc.v1.InspectRequest, dev.authsvc.v1.InspectResponse> getInspectMethod;
    if ((getInspectMethod = TokenServiceGrpc.getInspectMethod) == null) {
      synchronized (TokenServiceGrpc.class) {
        if ((getInspectMethod = TokenServiceGrpc.getInspectMethod) == null) {
          TokenServiceGrpc.getInspectMethod = getInspectMethod =
              io.grpc.MethodDescriptor.<dev.authsvc.v1.InspectRequest, dev.authsvc.v1.InspectResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "Inspect"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.InspectRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.InspectResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TokenServiceMethodDescriptorSupplier("Inspect"))
              .build();
        }
      }
    }
    return getInspectMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.authsvc.v1.GetTokenRequest,
      dev.authsvc.v1.GetTokenResponse> getGetTokenMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "GetToken",
      requestType = dev.authsvc.v1.GetTokenRequest.class,
      responseType = dev.authsvc.v1.GetTokenResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.authsvc.v1.GetTokenRequest,
      dev.authsvc.v1.GetTokenResponse> getGetTokenMethod() {
    io.grpc.MethodDescriptor<dev.authsvc.v1.GetTokenRequest, dev.authsvc.v1.GetTokenResponse> getGetTokenMethod;
    if ((getGetTokenMethod = TokenServiceGrpc.getGetTokenMethod) == null) {
      synchronized (TokenServiceGrpc.class) {
        if ((getGetTokenMethod = TokenServiceGrpc.getGetTokenMethod) == null) {
          TokenServiceGrpc.getGetTokenMethod = getGetTokenMethod =
              io.grpc.MethodDescriptor.<dev.authsvc.v1.GetTokenRequest, dev.authsvc.v1.GetTokenResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "GetToken"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.GetTokenRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.GetTokenResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TokenServiceMethodDescriptorSupplier("GetToken"))
              .build();
        }
      }
    }
    return getGetTokenMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.authsvc.v1.ListTokensRequest,
      dev.authsvc.v1.ListTokensResponse> getListTokensMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ListTokens",
      requestType = dev.authsvc.v1.ListTokensRequest.class,
      responseType = dev.authsvc.v1.ListTokensResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.authsvc.v1.ListTokensRequest,
      dev.authsvc.v1.ListTokensResponse> getListTokensMethod() {
    io.grpc.MethodDescriptor<dev.authsvc.v1.ListTokensRequest, dev.authsvc.v1.ListTokensResponse> getListTokensMethod;
    if ((getListTokensMethod = TokenServiceGrpc.getListTokensMethod) == null) {
      synchronized (TokenServiceGrpc.class) {
        if ((getListTokensMethod = TokenServiceGrpc.getListTokensMethod) == null) {
          TokenServiceGrpc.getListTokensMethod = getListTokensMethod =
              io.grpc.MethodDescriptor.<dev.authsvc.v1.ListTokensRequest, dev.authsvc.v1.ListTokensResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ListTokens"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.ListTokensRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.ListTokensResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TokenServiceMethodDescriptorSupplier("ListTokens"))
              .build();
        }
      }
    }
    return getListTokensMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.authsvc.v1.ExchangeRequest,
      dev.authsvc.v1.ExchangeResponse> getExchangeMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "Exchange",
      requestType = dev.authsvc.v1.ExchangeRequest.class,
      responseType = dev.authsvc.v1.ExchangeResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.authsvc.v1.ExchangeRequest,
      dev.authsvc.v1.ExchangeResponse> getExchangeMethod() {
    io.grpc.MethodDescriptor<dev.authsvc.v1.ExchangeRequest, dev.authsvc.v1.ExchangeResponse> getExchangeMethod;
    if ((getExchangeMethod = TokenServiceGrpc.getExchangeMethod) == null) {
      synchronized (TokenServiceGrpc.class) {
        if ((getExchangeMethod = TokenServiceGrpc.getExchangeMethod) == null) {
          TokenServiceGrpc.getExchangeMethod = getExchangeMethod =
              io.grpc.MethodDescriptor.<dev.authsvc.v1.ExchangeRequest, dev.authsvc.v1.ExchangeResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "Exchange"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.ExchangeRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.ExchangeResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TokenServiceMethodDescriptorSupplier("Exchange"))
              .build();
        }
      }
    }
    return getExchangeMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.authsvc.v1.RotateTokenRequest,
      dev.authsvc.v1.RotateTokenResponse> getRotateTokenMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "RotateToken",
      requestType = dev.authsvc.v1.RotateTokenRequest.class,
      responseType = dev.authsvc.v1.RotateTokenResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.authsvc.v1.RotateTokenRequest,
      dev.authsvc.v1.RotateTokenResponse> getRotateTokenMethod() {
    io.grpc.MethodDescriptor<dev.authsvc.v1.RotateTokenRequest, dev.authsvc.v1.RotateTokenResponse> getRotateTokenMethod;
    if ((getRotateTokenMethod = TokenServiceGrpc.getRotateTokenMethod) == null) {
      synchronized (TokenServiceGrpc.class) {
        if ((getRotateTokenMethod = TokenServiceGrpc.getRotateTokenMethod) == null) {
          TokenServiceGrpc.getRotateTokenMethod = getRotateTokenMethod =
              io.grpc.MethodDescriptor.<dev.authsvc.v1.RotateTokenRequest, dev.authsvc.v1.RotateTokenResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "RotateToken"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.RotateTokenRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.RotateTokenResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TokenServiceMethodDescriptorSupplier("RotateToken"))
              .build();
        }
      }
    }
    return getRotateTokenMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.authsvc.v1.ListTokenUsageRequest,
      dev.authsvc.v1.ListTokenUsageResponse> getListTokenUsageMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ListTokenUsage",
      requestType = dev.authsvc.v1.ListTokenUsageRequest.class,
      responseType = dev.authsvc.v1.ListTokenUsageResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.authsvc.v1.ListTokenUsageRequest,
      dev.authsvc.v1.ListTokenUsageResponse> getListTokenUsageMethod() {
    io.grpc.MethodDescriptor<dev.authsvc.v1.ListTokenUsageRequest, dev.authsvc.v1.ListTokenUsageResponse> getListTokenUsageMethod;
    if ((getListTokenUsageMethod = TokenServiceGrpc.getListTokenUsageMethod) == null) {
      synchronized (TokenServiceGrpc.class) {
        if ((getListTokenUsageMethod = TokenServiceGrpc.getListTokenUsageMethod) == null) {
          TokenServiceGrpc.getListTokenUsageMethod = getListTokenUsageMethod =
              io.grpc.MethodDescriptor.<dev.authsvc.v1.ListTokenUsageRequest, dev.authsvc.v1.ListTokenUsageResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ListTokenUsage"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.ListTokenUsageRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.ListTokenUsageResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TokenServiceMethodDescriptorSupplier("ListTokenUsage"))
              .build();
        }
      }
    }
    return getListTokenUsageMethod;
  }

  /**
   * Creates a new async stub that supports all call types for the service
   */
  public static TokenServiceStub newStub(io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<TokenServiceStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<TokenServiceStub>() {
        @java.lang.Override
        public TokenServiceStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new TokenServiceStub(channel, callOptions);
        }
      };
    return TokenServiceStub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports all types of calls on the service
   */
  public static TokenServiceBlockingV2Stub newBlockingV2Stub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<TokenServiceBlockingV2Stub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<TokenServiceBlockingV2Stub>() {
        @java.lang.Override
        public TokenServiceBlockingV2Stub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new TokenServiceBlockingV2Stub(channel, callOptions);
        }
      };
    return TokenServiceBlockingV2Stub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports unary and streaming output calls on the service
   */
  public static TokenServiceBlockingStub newBlockingStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<TokenServiceBlockingStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<TokenServiceBlockingStub>() {
        @java.lang.Override
        public TokenServiceBlockingStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new TokenServiceBlockingStub(channel, callOptions);
        }
      };
    return TokenServiceBlockingStub.newStub(factory, channel);
  }

  /**
   * Creates a new ListenableFuture-style stub that supports unary calls on the service
   */
  public static TokenServiceFutureStub newFutureStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<TokenServiceFutureStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<TokenServiceFutureStub>() {
        @java.lang.Override
        public TokenServiceFutureStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new TokenServiceFutureStub(channel, callOptions);
        }
      };
    return TokenServiceFutureStub.newStub(factory, channel);
  }

  /**
   * <pre>
   * The life of a token. Every call carries a key of this service in the metadata "authorization: Bearer KEY". Errors carry a google.rpc.ErrorInfo whose reason is an ErrorReason.
   * </pre>
   */
  public interface AsyncService {

    /**
     * <pre>
     * Makes a token. Not idempotent unless a request_id is given. Callers need issue:tokens; tokens of the tenant "authsvc", which open this service, need admin:authsvc. What breaks a rule of the tenant is INVALID_FIELD, whoever asks. A client that the tenant lists never conveys more than it holds: what goes beyond its grant is GRANT_EXCEEDED, with the fields, and leaves an audit record and nothing else.
     * </pre>
     */
    default void issue(dev.authsvc.v1.IssueRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.IssueResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getIssueMethod(), responseObserver);
    }

    /**
     * <pre>
     * Says whether a token is good here and now, for this audience. A bad token is an answer, not an error. Callers need verify:tokens.
     * </pre>
     */
    default void verify(dev.authsvc.v1.VerifyRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.VerifyResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getVerifyMethod(), responseObserver);
    }

    /**
     * <pre>
     * Verifies a token and says whether its scopes meet a requirement. Callers need check:tokens.
     * </pre>
     */
    default void checkScopes(dev.authsvc.v1.CheckScopesRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.CheckScopesResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getCheckScopesMethod(), responseObserver);
    }

    /**
     * <pre>
     * Makes tokens worthless from now on. Idempotent, and no record of the token is needed. Callers need revoke:tokens.
     * </pre>
     */
    default void revoke(dev.authsvc.v1.RevokeRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.RevokeResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getRevokeMethod(), responseObserver);
    }

    /**
     * <pre>
     * Verifies up to 100 tokens; each gets the answer that Verify would give it. Callers need verify:tokens.
     * </pre>
     */
    default void batchVerify(dev.authsvc.v1.BatchVerifyRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.BatchVerifyResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getBatchVerifyMethod(), responseObserver);
    }

    /**
     * <pre>
     * Checks up to 100 tokens, each against its own requirement; each gets the answer that CheckScopes would give it. Callers need check:tokens.
     * </pre>
     */
    default void batchCheckScopes(dev.authsvc.v1.BatchCheckScopesRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.BatchCheckScopesResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getBatchCheckScopesMethod(), responseObserver);
    }

    /**
     * <pre>
     * Opens a token for people: header, claims, and each step of the verdict in its order. Callers need inspect:tokens.
     * </pre>
     */
    default void inspect(dev.authsvc.v1.InspectRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.InspectResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getInspectMethod(), responseObserver);
    }

    /**
     * <pre>
     * Returns the record of one issued token. Callers need read:tokens.
     * </pre>
     */
    default void getToken(dev.authsvc.v1.GetTokenRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.GetTokenResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getGetTokenMethod(), responseObserver);
    }

    /**
     * <pre>
     * Lists the records of issued tokens, newest first, page by page. Callers need read:tokens.
     * </pre>
     */
    default void listTokens(dev.authsvc.v1.ListTokensRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.ListTokensResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getListTokensMethod(), responseObserver);
    }

    /**
     * <pre>
     * Trades a token for one with fewer rights, a shorter life or both (RFC 8693). Whoever holds the token may call it: no key is needed. Never widens anything. Not idempotent unless a request_id is given. Keys of this service cannot be exchanged.
     * </pre>
     */
    default void exchange(dev.authsvc.v1.ExchangeRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.ExchangeResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getExchangeMethod(), responseObserver);
    }

    /**
     * <pre>
     * Replaces a token by a new one with the same rights; the old one dies after an overlap. Whoever holds the token may call it: no key is needed. A token is rotated once, and its family has an end. Not idempotent unless a request_id is given. Keys of this service cannot be rotated.
     * </pre>
     */
    default void rotateToken(dev.authsvc.v1.RotateTokenRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.RotateTokenResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getRotateTokenMethod(), responseObserver);
    }

    /**
     * <pre>
     * Says of each live token which of its scopes met a check and which never did, newest token first, page by page. Callers need read:tokens.
     * </pre>
     */
    default void listTokenUsage(dev.authsvc.v1.ListTokenUsageRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.ListTokenUsageResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getListTokenUsageMethod(), responseObserver);
    }
  }

  /**
   * Base class for the server implementation of the service TokenService.
   * <pre>
   * The life of a token. Every call carries a key of this service in the metadata "authorization: Bearer KEY". Errors carry a google.rpc.ErrorInfo whose reason is an ErrorReason.
   * </pre>
   */
  public static abstract class TokenServiceImplBase
      implements io.grpc.BindableService, AsyncService {

    @java.lang.Override public final io.grpc.ServerServiceDefinition bindService() {
      return TokenServiceGrpc.bindService(this);
    }
  }

  /**
   * A stub to allow clients to do asynchronous rpc calls to service TokenService.
   * <pre>
   * The life of a token. Every call carries a key of this service in the metadata "authorization: Bearer KEY". Errors carry a google.rpc.ErrorInfo whose reason is an ErrorReason.
   * </pre>
   */
  public static final class TokenServiceStub
      extends io.grpc.stub.AbstractAsyncStub<TokenServiceStub> {
    private TokenServiceStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected TokenServiceStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new TokenServiceStub(channel, callOptions);
    }

    /**
     * <pre>
     * Makes a token. Not idempotent unless a request_id is given. Callers need issue:tokens; tokens of the tenant "authsvc", which open this service, need admin:authsvc. What breaks a rule of the tenant is INVALID_FIELD, whoever asks. A client that the tenant lists never conveys more than it holds: what goes beyond its grant is GRANT_EXCEEDED, with the fields, and leaves an audit record and nothing else.
     * </pre>
     */
    public void issue(dev.authsvc.v1.IssueRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.IssueResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getIssueMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Says whether a token is good here and now, for this audience. A bad token is an answer, not an error. Callers need verify:tokens.
     * </pre>
     */
    public void verify(dev.authsvc.v1.VerifyRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.VerifyResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getVerifyMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Verifies a token and says whether its scopes meet a requirement. Callers need check:tokens.
     * </pre>
     */
    public void checkScopes(dev.authsvc.v1.CheckScopesRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.CheckScopesResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getCheckScopesMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Makes tokens worthless from now on. Idempotent, and no record of the token is needed. Callers need revoke:tokens.
     * </pre>
     */
    public void revoke(dev.authsvc.v1.RevokeRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.RevokeResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getRevokeMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Verifies up to 100 tokens; each gets the answer that Verify would give it. Callers need verify:tokens.
     * </pre>
     */
    public void batchVerify(dev.authsvc.v1.BatchVerifyRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.BatchVerifyResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getBatchVerifyMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Checks up to 100 tokens, each against its own requirement; each gets the answer that CheckScopes would give it. Callers need check:tokens.
     * </pre>
     */
    public void batchCheckScopes(dev.authsvc.v1.BatchCheckScopesRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.BatchCheckScopesResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getBatchCheckScopesMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Opens a token for people: header, claims, and each step of the verdict in its order. Callers need inspect:tokens.
     * </pre>
     */
    public void inspect(dev.authsvc.v1.InspectRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.InspectResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getInspectMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Returns the record of one issued token. Callers need read:tokens.
     * </pre>
     */
    public void getToken(dev.authsvc.v1.GetTokenRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.GetTokenResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getGetTokenMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Lists the records of issued tokens, newest first, page by page. Callers need read:tokens.
     * </pre>
     */
    public void listTokens(dev.authsvc.v1.ListTokensRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.ListTokensResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getListTokensMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Trades a token for one with fewer rights, a shorter life or both (RFC 8693). Whoever holds the token may call it: no key is needed. Never widens anything. Not idempotent unless a request_id is given. Keys of this service cannot be exchanged.
     * </pre>
     */
    public void exchange(dev.authsvc.v1.ExchangeRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.ExchangeResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getExchangeMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Replaces a token by a new one with the same rights; the old one dies after an overlap. Whoever holds the token may call it: no key is needed. A token is rotated once, and its family has an end. Not idempotent unless a request_id is given. Keys of this service cannot be rotated.
     * </pre>
     */
    public void rotateToken(dev.authsvc.v1.RotateTokenRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.RotateTokenResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getRotateTokenMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Says of each live token which of its scopes met a check and which never did, newest token first, page by page. Callers need read:tokens.
     * </pre>
     */
    public void listTokenUsage(dev.authsvc.v1.ListTokenUsageRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.ListTokenUsageResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getListTokenUsageMethod(), getCallOptions()), request, responseObserver);
    }
  }

  /**
   * A stub to allow clients to do synchronous rpc calls to service TokenService.
   * <pre>
   * The life of a token. Every call carries a key of this service in the metadata "authorization: Bearer KEY". Errors carry a google.rpc.ErrorInfo whose reason is an ErrorReason.
   * </pre>
   */
  public static final class TokenServiceBlockingV2Stub
      extends io.grpc.stub.AbstractBlockingStub<TokenServiceBlockingV2Stub> {
    private TokenServiceBlockingV2Stub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected TokenServiceBlockingV2Stub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new TokenServiceBlockingV2Stub(channel, callOptions);
    }

    /**
     * <pre>
     * Makes a token. Not idempotent unless a request_id is given. Callers need issue:tokens; tokens of the tenant "authsvc", which open this service, need admin:authsvc. What breaks a rule of the tenant is INVALID_FIELD, whoever asks. A client that the tenant lists never conveys more than it holds: what goes beyond its grant is GRANT_EXCEEDED, with the fields, and leaves an audit record and nothing else.
     * </pre>
     */
    public dev.authsvc.v1.IssueResponse issue(dev.authsvc.v1.IssueRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getIssueMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Says whether a token is good here and now, for this audience. A bad token is an answer, not an error. Callers need verify:tokens.
     * </pre>
     */
    public dev.authsvc.v1.VerifyResponse verify(dev.authsvc.v1.VerifyRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getVerifyMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Verifies a token and says whether its scopes meet a requirement. Callers need check:tokens.
     * </pre>
     */
    public dev.authsvc.v1.CheckScopesResponse checkScopes(dev.authsvc.v1.CheckScopesRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getCheckScopesMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Makes tokens worthless from now on. Idempotent, and no record of the token is needed. Callers need revoke:tokens.
     * </pre>
     */
    public dev.authsvc.v1.RevokeResponse revoke(dev.authsvc.v1.RevokeRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getRevokeMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Verifies up to 100 tokens; each gets the answer that Verify would give it. Callers need verify:tokens.
     * </pre>
     */
    public dev.authsvc.v1.BatchVerifyResponse batchVerify(dev.authsvc.v1.BatchVerifyRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getBatchVerifyMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Checks up to 100 tokens, each against its own requirement; each gets the answer that CheckScopes would give it. Callers need check:tokens.
     * </pre>
     */
    public dev.authsvc.v1.BatchCheckScopesResponse batchCheckScopes(dev.authsvc.v1.BatchCheckScopesRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getBatchCheckScopesMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Opens a token for people: header, claims, and each step of the verdict in its order. Callers need inspect:tokens.
     * </pre>
     */
    public dev.authsvc.v1.InspectResponse inspect(dev.authsvc.v1.InspectRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getInspectMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Returns the record of one issued token. Callers need read:tokens.
     * </pre>
     */
    public dev.authsvc.v1.GetTokenResponse getToken(dev.authsvc.v1.GetTokenRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getGetTokenMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Lists the records of issued tokens, newest first, page by page. Callers need read:tokens.
     * </pre>
     */
    public dev.authsvc.v1.ListTokensResponse listTokens(dev.authsvc.v1.ListTokensRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getListTokensMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Trades a token for one with fewer rights, a shorter life or both (RFC 8693). Whoever holds the token may call it: no key is needed. Never widens anything. Not idempotent unless a request_id is given. Keys of this service cannot be exchanged.
     * </pre>
     */
    public dev.authsvc.v1.ExchangeResponse exchange(dev.authsvc.v1.ExchangeRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getExchangeMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Replaces a token by a new one with the same rights; the old one dies after an overlap. Whoever holds the token may call it: no key is needed. A token is rotated once, and its family has an end. Not idempotent unless a request_id is given. Keys of this service cannot be rotated.
     * </pre>
     */
    public dev.authsvc.v1.RotateTokenResponse rotateToken(dev.authsvc.v1.RotateTokenRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getRotateTokenMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Says of each live token which of its scopes met a check and which never did, newest token first, page by page. Callers need read:tokens.
     * </pre>
     */
    public dev.authsvc.v1.ListTokenUsageResponse listTokenUsage(dev.authsvc.v1.ListTokenUsageRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getListTokenUsageMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do limited synchronous rpc calls to service TokenService.
   * <pre>
   * The life of a token. Every call carries a key of this service in the metadata "authorization: Bearer KEY". Errors carry a google.rpc.ErrorInfo whose reason is an ErrorReason.
   * </pre>
   */
  public static final class TokenServiceBlockingStub
      extends io.grpc.stub.AbstractBlockingStub<TokenServiceBlockingStub> {
    private TokenServiceBlockingStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected TokenServiceBlockingStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new TokenServiceBlockingStub(channel, callOptions);
    }

    /**
     * <pre>
     * Makes a token. Not idempotent unless a request_id is given. Callers need issue:tokens; tokens of the tenant "authsvc", which open this service, need admin:authsvc. What breaks a rule of the tenant is INVALID_FIELD, whoever asks. A client that the tenant lists never conveys more than it holds: what goes beyond its grant is GRANT_EXCEEDED, with the fields, and leaves an audit record and nothing else.
     * </pre>
     */
    public dev.authsvc.v1.IssueResponse issue(dev.authsvc.v1.IssueRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getIssueMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Says whether a token is good here and now, for this audience. A bad token is an answer, not an error. Callers need verify:tokens.
     * </pre>
     */
    public dev.authsvc.v1.VerifyResponse verify(dev.authsvc.v1.VerifyRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getVerifyMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Verifies a token and says whether its scopes meet a requirement. Callers need check:tokens.
     * </pre>
     */
    public dev.authsvc.v1.CheckScopesResponse checkScopes(dev.authsvc.v1.CheckScopesRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getCheckScopesMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Makes tokens worthless from now on. Idempotent, and no record of the token is needed. Callers need revoke:tokens.
     * </pre>
     */
    public dev.authsvc.v1.RevokeResponse revoke(dev.authsvc.v1.RevokeRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getRevokeMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Verifies up to 100 tokens; each gets the answer that Verify would give it. Callers need verify:tokens.
     * </pre>
     */
    public dev.authsvc.v1.BatchVerifyResponse batchVerify(dev.authsvc.v1.BatchVerifyRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getBatchVerifyMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Checks up to 100 tokens, each against its own requirement; each gets the answer that CheckScopes would give it. Callers need check:tokens.
     * </pre>
     */
    public dev.authsvc.v1.BatchCheckScopesResponse batchCheckScopes(dev.authsvc.v1.BatchCheckScopesRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getBatchCheckScopesMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Opens a token for people: header, claims, and each step of the verdict in its order. Callers need inspect:tokens.
     * </pre>
     */
    public dev.authsvc.v1.InspectResponse inspect(dev.authsvc.v1.InspectRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getInspectMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Returns the record of one issued token. Callers need read:tokens.
     * </pre>
     */
    public dev.authsvc.v1.GetTokenResponse getToken(dev.authsvc.v1.GetTokenRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getGetTokenMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Lists the records of issued tokens, newest first, page by page. Callers need read:tokens.
     * </pre>
     */
    public dev.authsvc.v1.ListTokensResponse listTokens(dev.authsvc.v1.ListTokensRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getListTokensMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Trades a token for one with fewer rights, a shorter life or both (RFC 8693). Whoever holds the token may call it: no key is needed. Never widens anything. Not idempotent unless a request_id is given. Keys of this service cannot be exchanged.
     * </pre>
     */
    public dev.authsvc.v1.ExchangeResponse exchange(dev.authsvc.v1.ExchangeRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getExchangeMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Replaces a token by a new one with the same rights; the old one dies after an overlap. Whoever holds the token may call it: no key is needed. A token is rotated once, and its family has an end. Not idempotent unless a request_id is given. Keys of this service cannot be rotated.
     * </pre>
     */
    public dev.authsvc.v1.RotateTokenResponse rotateToken(dev.authsvc.v1.RotateTokenRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getRotateTokenMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Says of each live token which of its scopes met a check and which never did, newest token first, page by page. Callers need read:tokens.
     * </pre>
     */
    public dev.authsvc.v1.ListTokenUsageResponse listTokenUsage(dev.authsvc.v1.ListTokenUsageRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getListTokenUsageMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do ListenableFuture-style rpc calls to service TokenService.
   * <pre>
   * The life of a token. Every call carries a key of this service in the metadata "authorization: Bearer KEY". Errors carry a google.rpc.ErrorInfo whose reason is an ErrorReason.
   * </pre>
   */
  public static final class TokenServiceFutureStub
      extends io.grpc.stub.AbstractFutureStub<TokenServiceFutureStub> {
    private TokenServiceFutureStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected TokenServiceFutureStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new TokenServiceFutureStub(channel, callOptions);
    }

    /**
     * <pre>
     * Makes a token. Not idempotent unless a request_id is given. Callers need issue:tokens; tokens of the tenant "authsvc", which open this service, need admin:authsvc. What breaks a rule of the tenant is INVALID_FIELD, whoever asks. A client that the tenant lists never conveys more than it holds: what goes beyond its grant is GRANT_EXCEEDED, with the fields, and leaves an audit record and nothing else.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.authsvc.v1.IssueResponse> issue(
        dev.authsvc.v1.IssueRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getIssueMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Says whether a token is good here and now, for this audience. A bad token is an answer, not an error. Callers need verify:tokens.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.authsvc.v1.VerifyResponse> verify(
        dev.authsvc.v1.VerifyRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getVerifyMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Verifies a token and says whether its scopes meet a requirement. Callers need check:tokens.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.authsvc.v1.CheckScopesResponse> checkScopes(
        dev.authsvc.v1.CheckScopesRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getCheckScopesMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Makes tokens worthless from now on. Idempotent, and no record of the token is needed. Callers need revoke:tokens.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.authsvc.v1.RevokeResponse> revoke(
        dev.authsvc.v1.RevokeRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getRevokeMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Verifies up to 100 tokens; each gets the answer that Verify would give it. Callers need verify:tokens.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.authsvc.v1.BatchVerifyResponse> batchVerify(
        dev.authsvc.v1.BatchVerifyRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getBatchVerifyMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Checks up to 100 tokens, each against its own requirement; each gets the answer that CheckScopes would give it. Callers need check:tokens.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.authsvc.v1.BatchCheckScopesResponse> batchCheckScopes(
        dev.authsvc.v1.BatchCheckScopesRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getBatchCheckScopesMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Opens a token for people: header, claims, and each step of the verdict in its order. Callers need inspect:tokens.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.authsvc.v1.InspectResponse> inspect(
        dev.authsvc.v1.InspectRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getInspectMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Returns the record of one issued token. Callers need read:tokens.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.authsvc.v1.GetTokenResponse> getToken(
        dev.authsvc.v1.GetTokenRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getGetTokenMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Lists the records of issued tokens, newest first, page by page. Callers need read:tokens.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.authsvc.v1.ListTokensResponse> listTokens(
        dev.authsvc.v1.ListTokensRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getListTokensMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Trades a token for one with fewer rights, a shorter life or both (RFC 8693). Whoever holds the token may call it: no key is needed. Never widens anything. Not idempotent unless a request_id is given. Keys of this service cannot be exchanged.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.authsvc.v1.ExchangeResponse> exchange(
        dev.authsvc.v1.ExchangeRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getExchangeMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Replaces a token by a new one with the same rights; the old one dies after an overlap. Whoever holds the token may call it: no key is needed. A token is rotated once, and its family has an end. Not idempotent unless a request_id is given. Keys of this service cannot be rotated.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.authsvc.v1.RotateTokenResponse> rotateToken(
        dev.authsvc.v1.RotateTokenRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getRotateTokenMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Says of each live token which of its scopes met a check and which never did, newest token first, page by page. Callers need read:tokens.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.authsvc.v1.ListTokenUsageResponse> listTokenUsage(
        dev.authsvc.v1.ListTokenUsageRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getListTokenUsageMethod(), getCallOptions()), request);
    }
  }

  private static final int METHODID_ISSUE = 0;
  private static final int METHODID_VERIFY = 1;
  private static final int METHODID_CHECK_SCOPES = 2;
  private static final int METHODID_REVOKE = 3;
  private static final int METHODID_BATCH_VERIFY = 4;
  private static final int METHODID_BATCH_CHECK_SCOPES = 5;
  private static final int METHODID_INSPECT = 6;
  private static final int METHODID_GET_TOKEN = 7;
  private static final int METHODID_LIST_TOKENS = 8;
  private static final int METHODID_EXCHANGE = 9;
  private static final int METHODID_ROTATE_TOKEN = 10;
  private static final int METHODID_LIST_TOKEN_USAGE = 11;

  private static final class MethodHandlers<Req, Resp> implements
      io.grpc.stub.ServerCalls.UnaryMethod<Req, Resp>,
      io.grpc.stub.ServerCalls.ServerStreamingMethod<Req, Resp>,
      io.grpc.stub.ServerCalls.ClientStreamingMethod<Req, Resp>,
      io.grpc.stub.ServerCalls.BidiStreamingMethod<Req, Resp> {
    private final AsyncService serviceImpl;
    private final int methodId;

    MethodHandlers(AsyncService serviceImpl, int methodId) {
      this.serviceImpl = serviceImpl;
      this.methodId = methodId;
    }

    @java.lang.Override
    @java.lang.SuppressWarnings("unchecked")
    public void invoke(Req request, io.grpc.stub.StreamObserver<Resp> responseObserver) {
      switch (methodId) {
        case METHODID_ISSUE:
          serviceImpl.issue((dev.authsvc.v1.IssueRequest) request,
              (io.grpc.stub.StreamObserver<dev.authsvc.v1.IssueResponse>) responseObserver);
          break;
        case METHODID_VERIFY:
          serviceImpl.verify((dev.authsvc.v1.VerifyRequest) request,
              (io.grpc.stub.StreamObserver<dev.authsvc.v1.VerifyResponse>) responseObserver);
          break;
        case METHODID_CHECK_SCOPES:
          serviceImpl.checkScopes((dev.authsvc.v1.CheckScopesRequest) request,
              (io.grpc.stub.StreamObserver<dev.authsvc.v1.CheckScopesResponse>) responseObserver);
          break;
        case METHODID_REVOKE:
          serviceImpl.revoke((dev.authsvc.v1.RevokeRequest) request,
              (io.grpc.stub.StreamObserver<dev.authsvc.v1.RevokeResponse>) responseObserver);
          break;
        case METHODID_BATCH_VERIFY:
          serviceImpl.batchVerify((dev.authsvc.v1.BatchVerifyRequest) request,
              (io.grpc.stub.StreamObserver<dev.authsvc.v1.BatchVerifyResponse>) responseObserver);
          break;
        case METHODID_BATCH_CHECK_SCOPES:
          serviceImpl.batchCheckScopes((dev.authsvc.v1.BatchCheckScopesRequest) request,
              (io.grpc.stub.StreamObserver<dev.authsvc.v1.BatchCheckScopesResponse>) responseObserver);
          break;
        case METHODID_INSPECT:
          serviceImpl.inspect((dev.authsvc.v1.InspectRequest) request,
              (io.grpc.stub.StreamObserver<dev.authsvc.v1.InspectResponse>) responseObserver);
          break;
        case METHODID_GET_TOKEN:
          serviceImpl.getToken((dev.authsvc.v1.GetTokenRequest) request,
              (io.grpc.stub.StreamObserver<dev.authsvc.v1.GetTokenResponse>) responseObserver);
          break;
        case METHODID_LIST_TOKENS:
          serviceImpl.listTokens((dev.authsvc.v1.ListTokensRequest) request,
              (io.grpc.stub.StreamObserver<dev.authsvc.v1.ListTokensResponse>) responseObserver);
          break;
        case METHODID_EXCHANGE:
          serviceImpl.exchange((dev.authsvc.v1.ExchangeRequest) request,
              (io.grpc.stub.StreamObserver<dev.authsvc.v1.ExchangeResponse>) responseObserver);
          break;
        case METHODID_ROTATE_TOKEN:
          serviceImpl.rotateToken((dev.authsvc.v1.RotateTokenRequest) request,
              (io.grpc.stub.StreamObserver<dev.authsvc.v1.RotateTokenResponse>) responseObserver);
          break;
        case METHODID_LIST_TOKEN_USAGE:
          serviceImpl.listTokenUsage((dev.authsvc.v1.ListTokenUsageRequest) request,
              (io.grpc.stub.StreamObserver<dev.authsvc.v1.ListTokenUsageResponse>) responseObserver);
          break;
        default:
          throw new AssertionError();
      }
    }

    @java.lang.Override
    @java.lang.SuppressWarnings("unchecked")
    public io.grpc.stub.StreamObserver<Req> invoke(
        io.grpc.stub.StreamObserver<Resp> responseObserver) {
      switch (methodId) {
        default:
          throw new AssertionError();
      }
    }
  }

  public static final io.grpc.ServerServiceDefinition bindService(AsyncService service) {
    return io.grpc.ServerServiceDefinition.builder(getServiceDescriptor())
        .addMethod(
          getIssueMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.authsvc.v1.IssueRequest,
              dev.authsvc.v1.IssueResponse>(
                service, METHODID_ISSUE)))
        .addMethod(
          getVerifyMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.authsvc.v1.VerifyRequest,
              dev.authsvc.v1.VerifyResponse>(
                service, METHODID_VERIFY)))
        .addMethod(
          getCheckScopesMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.authsvc.v1.CheckScopesRequest,
              dev.authsvc.v1.CheckScopesResponse>(
                service, METHODID_CHECK_SCOPES)))
        .addMethod(
          getRevokeMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.authsvc.v1.RevokeRequest,
              dev.authsvc.v1.RevokeResponse>(
                service, METHODID_REVOKE)))
        .addMethod(
          getBatchVerifyMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.authsvc.v1.BatchVerifyRequest,
              dev.authsvc.v1.BatchVerifyResponse>(
                service, METHODID_BATCH_VERIFY)))
        .addMethod(
          getBatchCheckScopesMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.authsvc.v1.BatchCheckScopesRequest,
              dev.authsvc.v1.BatchCheckScopesResponse>(
                service, METHODID_BATCH_CHECK_SCOPES)))
        .addMethod(
          getInspectMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.authsvc.v1.InspectRequest,
              dev.authsvc.v1.InspectResponse>(
                service, METHODID_INSPECT)))
        .addMethod(
          getGetTokenMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.authsvc.v1.GetTokenRequest,
              dev.authsvc.v1.GetTokenResponse>(
                service, METHODID_GET_TOKEN)))
        .addMethod(
          getListTokensMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.authsvc.v1.ListTokensRequest,
              dev.authsvc.v1.ListTokensResponse>(
                service, METHODID_LIST_TOKENS)))
        .addMethod(
          getExchangeMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.authsvc.v1.ExchangeRequest,
              dev.authsvc.v1.ExchangeResponse>(
                service, METHODID_EXCHANGE)))
        .addMethod(
          getRotateTokenMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.authsvc.v1.RotateTokenRequest,
              dev.authsvc.v1.RotateTokenResponse>(
                service, METHODID_ROTATE_TOKEN)))
        .addMethod(
          getListTokenUsageMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.authsvc.v1.ListTokenUsageRequest,
              dev.authsvc.v1.ListTokenUsageResponse>(
                service, METHODID_LIST_TOKEN_USAGE)))
        .build();
  }

  private static abstract class TokenServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoFileDescriptorSupplier, io.grpc.protobuf.ProtoServiceDescriptorSupplier {
    TokenServiceBaseDescriptorSupplier() {}

    @java.lang.Override
    public com.google.protobuf.Descriptors.FileDescriptor getFileDescriptor() {
      return dev.authsvc.v1.TokenServiceOuterClass.getDescriptor();
    }

    @java.lang.Override
    public com.google.protobuf.Descriptors.ServiceDescriptor getServiceDescriptor() {
      return getFileDescriptor().findServiceByName("TokenService");
    }
  }

  private static final class TokenServiceFileDescriptorSupplier
      extends TokenServiceBaseDescriptorSupplier {
    TokenServiceFileDescriptorSupplier() {}
  }

  private static final class TokenServiceMethodDescriptorSupplier
      extends TokenServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoMethodDescriptorSupplier {
    private final java.lang.String methodName;

    TokenServiceMethodDescriptorSupplier(java.lang.String methodName) {
      this.methodName = methodName;
    }

    @java.lang.Override
    public com.google.protobuf.Descriptors.MethodDescriptor getMethodDescriptor() {
      return getServiceDescriptor().findMethodByName(methodName);
    }
  }

  private static volatile io.grpc.ServiceDescriptor serviceDescriptor;

  public static io.grpc.ServiceDescriptor getServiceDescriptor() {
    io.grpc.ServiceDescriptor result = serviceDescriptor;
    if (result == null) {
      synchronized (TokenServiceGrpc.class) {
        result = serviceDescriptor;
        if (result == null) {
          serviceDescriptor = result = io.grpc.ServiceDescriptor.newBuilder(SERVICE_NAME)
              .setSchemaDescriptor(new TokenServiceFileDescriptorSupplier())
              .addMethod(getIssueMethod())
              .addMethod(getVerifyMethod())
              .addMethod(getCheckScopesMethod())
              .addMethod(getRevokeMethod())
              .addMethod(getBatchVerifyMethod())
              .addMethod(getBatchCheckScopesMethod())
              .addMethod(getInspectMethod())
              .addMethod(getGetTokenMethod())
              .addMethod(getListTokensMethod())
              .addMethod(getExchangeMethod())
              .addMethod(getRotateTokenMethod())
              .addMethod(getListTokenUsageMethod())
              .build();
        }
      }
    }
    return result;
  }
}
