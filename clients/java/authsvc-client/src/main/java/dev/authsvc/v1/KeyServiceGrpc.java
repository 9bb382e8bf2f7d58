package dev.authsvc.v1;

import static io.grpc.MethodDescriptor.generateFullMethodName;

/**
 * <pre>
 * A tenant's keys: prepared, active, verify-only, retired; or tainted.
 * </pre>
 */
@io.grpc.stub.annotations.GrpcGenerated
public final class KeyServiceGrpc {

  private KeyServiceGrpc() {}

  public static final java.lang.String SERVICE_NAME = "authsvc.v1.KeyService";

  // Static method descriptors that strictly reflect the proto.
  private static volatile io.grpc.MethodDescriptor<dev.authsvc.v1.ListKeysRequest,
      dev.authsvc.v1.ListKeysResponse> getListKeysMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ListKeys",
      requestType = dev.authsvc.v1.ListKeysRequest.class,
      responseType = dev.authsvc.v1.ListKeysResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.authsvc.v1.ListKeysRequest,
      dev.authsvc.v1.ListKeysResponse> getListKeysMethod() {
    io.grpc.MethodDescriptor<dev.authsvc.v1.ListKeysRequest, dev.authsvc.v1.ListKeysResponse> getListKeysMethod;
    if ((getListKeysMethod = KeyServiceGrpc.getListKeysMethod) == null) {
      synchronized (KeyServiceGrpc.class) {
        if ((getListKeysMethod = KeyServiceGrpc.getListKeysMethod) == null) {
          KeyServiceGrpc.getListKeysMethod = getListKeysMethod =
              io.grpc.MethodDescriptor.<dev.authsvc.v1.ListKeysRequest, dev.authsvc.v1.ListKeysResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ListKeys"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.ListKeysRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.ListKeysResponse.getDefaultInstance()))
              .setSchemaDescriptor(new KeyServiceMethodDescriptorSupplier("ListKeys"))
              .build();
        }
      }
    }
    return getListKeysMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.authsvc.v1.RotateKeyRequest,
      dev.authsvc.v1.RotateKeyResponse> getRotateKeyMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "RotateKey",
      requestType = dev.authsvc.v1.RotateKeyRequest.class,
      responseType = dev.authsvc.v1.RotateKeyResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.authsvc.v1.RotateKeyRequest,
      dev.authsvc.v1.RotateKeyResponse> getRotateKeyMethod() {
    io.grpc.MethodDescriptor<dev.authsvc.v1.RotateKeyRequest, dev.authsvc.v1.RotateKeyResponse> getRotateKeyMethod;
    if ((getRotateKeyMethod = KeyServiceGrpc.getRotateKeyMethod) == null) {
      synchronized (KeyServiceGrpc.class) {
        if ((getRotateKeyMethod = KeyServiceGrpc.getRotateKeyMethod) == null) {
          KeyServiceGrpc.getRotateKeyMethod = getRotateKeyMethod =
              io.grpc.MethodDescriptor.<dev.authsvc.v1.RotateKeyRequest, dev.authsvc.v1.RotateKeyResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "RotateKey"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.RotateKeyRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.RotateKeyResponse.getDefaultInstance()))
              .setSchemaDescriptor(new KeyServiceMethodDescriptorSupplier("RotateKey"))
              .build();
        }
      }
    }
    return getRotateKeyMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.authsvc.v1.ActivateKeyRequest,
      dev.authsvc.v1.ActivateKeyResponse> getActivateKeyMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ActivateKey",
      requestType = dev.authsvc.v1.ActivateKeyRequest.class,
      responseType = dev.authsvc.v1.ActivateKeyResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.authsvc.v1.ActivateKeyRequest,
      dev.authsvc.v1.ActivateKeyResponse> getActivateKeyMethod() {
    io.grpc.MethodDescriptor<dev.authsvc.v1.ActivateKeyRequest, dev.authsvc.v1.ActivateKeyResponse> getActivateKeyMethod;
    if ((getActivateKeyMethod = KeyServiceGrpc.getActivateKeyMethod) == null) {
      synchronized (KeyServiceGrpc.class) {
        if ((getActivateKeyMethod = KeyServiceGrpc.getActivateKeyMethod) == null) {
          KeyServiceGrpc.getActivateKeyMethod = getActivateKeyMethod =
              io.grpc.MethodDescriptor.<dev.authsvc.v1.ActivateKeyRequest, dev.authsvc.v1.ActivateKeyResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ActivateKey"))
              .setIdempotent(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.ActivateKeyRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.ActivateKeyResponse.getDefaultInstance()))
              .setSchemaDescriptor(new KeyServiceMethodDescriptorSupplier("ActivateKey"))
              .build();
        }
      }
    }
    return getActivateKeyMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.authsvc.v1.TaintKeyRequest,
      dev.authsvc.v1.TaintKeyResponse> getTaintKeyMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "TaintKey",
      requestType = dev.authsvc.v1.TaintKeyRequest.class,
      responseType = dev.authsvc.v1.TaintKeyResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.authsvc.v1.TaintKeyRequest,
      dev.authsvc.v1.TaintKeyResponse> getTaintKeyMethod() {
    io.grpc.MethodDescriptor<dev.authsvc.v1.TaintKeyRequest, dev.authsvc.v1.TaintKeyResponse> getTaintKeyMethod;
    if ((getTaintKeyMethod = KeyServiceGrpc.getTaintKeyMethod) == null) {
      synchronized (KeyServiceGrpc.class) {
        if ((getTaintKeyMethod = KeyServiceGrpc.getTaintKeyMethod) == null) {
          KeyServiceGrpc.getTaintKeyMethod = getTaintKeyMethod =
              io.grpc.MethodDescriptor.<dev.authsvc.v1.TaintKeyRequest, dev.authsvc.v1.TaintKeyResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "TaintKey"))
              .setIdempotent(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.TaintKeyRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.TaintKeyResponse.getDefaultInstance()))
              .setSchemaDescriptor(new KeyServiceMethodDescriptorSupplier("TaintKey"))
              .build();
        }
      }
    }
    return getTaintKeyMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.authsvc.v1.RetireKeyRequest,
      dev.authsvc.v1.RetireKeyResponse> getRetireKeyMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "RetireKey",
      requestType = dev.authsvc.v1.RetireKeyRequest.class,
      responseType = dev.authsvc.v1.RetireKeyResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.authsvc.v1.RetireKeyRequest,
      dev.authsvc.v1.RetireKeyResponse> getRetireKeyMethod() {
    io.grpc.MethodDescriptor<dev.authsvc.v1.RetireKeyRequest, dev.authsvc.v1.RetireKeyResponse> getRetireKeyMethod;
    if ((getRetireKeyMethod = KeyServiceGrpc.getRetireKeyMethod) == null) {
      synchronized (KeyServiceGrpc.class) {
        if ((getRetireKeyMethod = KeyServiceGrpc.getRetireKeyMethod) == null) {
          KeyServiceGrpc.getRetireKeyMethod = getRetireKeyMethod =
              io.grpc.MethodDescriptor.<dev.authsvc.v1.RetireKeyRequest, dev.authsvc.v1.RetireKeyResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "RetireKey"))
              .setIdempotent(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.RetireKeyRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.RetireKeyResponse.getDefaultInstance()))
              .setSchemaDescriptor(new KeyServiceMethodDescriptorSupplier("RetireKey"))
              .build();
        }
      }
    }
    return getRetireKeyMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.authsvc.v1.ImportKeyRequest,
      dev.authsvc.v1.ImportKeyResponse> getImportKeyMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ImportKey",
      requestType = dev.authsvc.v1.ImportKeyRequest.class,
      responseType = dev.authsvc.v1.ImportKeyResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.authsvc.v1.ImportKeyRequest,
      dev.authsvc.v1.ImportKeyResponse> getImportKeyMethod() {
    io.grpc.MethodDescriptor<dev.authsvc.v1.ImportKeyRequest, dev.authsvc.v1.ImportKeyResponse> getImportKeyMethod;
    if ((getImportKeyMethod = KeyServiceGrpc.getImportKeyMethod) == null) {
      synchronized (KeyServiceGrpc.class) {
        if ((getImportKeyMethod = KeyServiceGrpc.getImportKeyMethod) == null) {
          KeyServiceGrpc.getImportKeyMethod = getImportKeyMethod =
              io.grpc.MethodDescriptor.<dev.authsvc.v1.ImportKeyRequest, dev.authsvc.v1.ImportKeyResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ImportKey"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.ImportKeyRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.ImportKeyResponse.getDefaultInstance()))
              .setSchemaDescriptor(new KeyServiceMethodDescriptorSupplier("ImportKey"))
              .build();
        }
      }
    }
    return getImportKeyMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.authsvc.v1.GetJwksRequest,
      dev.authsvc.v1.GetJwksResponse> getGetJwksMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "GetJwks",
      requestType = dev.authsvc.v1.GetJwksRequest.class,
      responseType = dev.authsvc.v1.GetJwksResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.authsvc.v1.GetJwksRequest,
      dev.authsvc.v1.GetJwksResponse> getGetJwksMethod() {
    io.grpc.MethodDescriptor<dev.authsvc.v1.GetJwksRequest, dev.authsvc.v1.GetJwksResponse> getGetJwksMethod;
    if ((getGetJwksMethod = KeyServiceGrpc.getGetJwksMethod) == null) {
      synchronized (KeyServiceGrpc.class) {
        if ((getGetJwksMethod = KeyServiceGrpc.getGetJwksMethod) == null) {
          KeyServiceGrpc.getGetJwksMethod = getGetJwksMethod =
              io.grpc.MethodDescriptor.<dev.authsvc.v1.GetJwksRequest, dev.authsvc.v1.GetJwksResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "GetJwks"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.GetJwksRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.GetJwksResponse.getDefaultInstance()))
              .setSchemaDescriptor(new KeyServiceMethodDescriptorSupplier("GetJwks"))
              .build();
        }
      }
    }
    return getGetJwksMethod;
  }

  /**
   * Creates a new async stub that supports all call types for the service
   */
  public static KeyServiceStub newStub(io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<KeyServiceStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<KeyServiceStub>() {
        @java.lang.Override
        public KeyServiceStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new KeyServiceStub(channel, callOptions);
        }
      };
    return KeyServiceStub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports all types of calls on the service
   */
  public static KeyServiceBlockingV2Stub newBlockingV2Stub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<KeyServiceBlockingV2Stub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<KeyServiceBlockingV2Stub>() {
        @java.lang.Override
        public KeyServiceBlockingV2Stub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new KeyServiceBlockingV2Stub(channel, callOptions);
        }
      };
    return KeyServiceBlockingV2Stub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports unary and streaming output calls on the service
   */
  public static KeyServiceBlockingStub newBlockingStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<KeyServiceBlockingStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<KeyServiceBlockingStub>() {
        @java.lang.Override
        public KeyServiceBlockingStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new KeyServiceBlockingStub(channel, callOptions);
        }
      };
    return KeyServiceBlockingStub.newStub(factory, channel);
  }

  /**
   * Creates a new ListenableFuture-style stub that supports unary calls on the service
   */
  public static KeyServiceFutureStub newFutureStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<KeyServiceFutureStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<KeyServiceFutureStub>() {
        @java.lang.Override
        public KeyServiceFutureStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new KeyServiceFutureStub(channel, callOptions);
        }
      };
    return KeyServiceFutureStub.newStub(factory, channel);
  }

  /**
   * <pre>
   * A tenant's keys: prepared, active, verify-only, retired; or tainted.
   * </pre>
   */
  public interface AsyncService {

    /**
     * <pre>
     * Lists a tenant's keys, newest first, page by page; never a private part or a secret. Callers need read:keys.
     * </pre>
     */
    default void listKeys(dev.authsvc.v1.ListKeysRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.ListKeysResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getListKeysMethod(), responseObserver);
    }

    /**
     * <pre>
     * Makes a new key. It is prepared: published, and not used before all verifiers can know it; then it becomes active by itself and the one before verify-only. Callers need rotate:keys.
     * </pre>
     */
    default void rotateKey(dev.authsvc.v1.RotateKeyRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.RotateKeyResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getRotateKeyMethod(), responseObserver);
    }

    /**
     * <pre>
     * Makes a prepared or verify-only key active at once, and the one before verify-only. Idempotent. Callers need rotate:keys.
     * </pre>
     */
    default void activateKey(dev.authsvc.v1.ActivateKeyRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.ActivateKeyResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getActivateKeyMethod(), responseObserver);
    }

    /**
     * <pre>
     * Revokes a key: it neither signs nor verifies any more, anywhere, for ever. The same as Revoke with a KeyTarget. Idempotent. Callers need taint:keys.
     * </pre>
     */
    default void taintKey(dev.authsvc.v1.TaintKeyRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.TaintKeyResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getTaintKeyMethod(), responseObserver);
    }

    /**
     * <pre>
     * Retires a verify-only or prepared key: its tokens are answered with unknown key, and it is no longer published. Idempotent. Callers need rotate:keys.
     * </pre>
     */
    default void retireKey(dev.authsvc.v1.RetireKeyRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.RetireKeyResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getRetireKeyMethod(), responseObserver);
    }

    /**
     * <pre>
     * Brings a key of the tenant's own. Weak, broken or mixed-up keys are refused with the reason. Callers need import:keys.
     * </pre>
     */
    default void importKey(dev.authsvc.v1.ImportKeyRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.ImportKeyResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getImportKeyMethod(), responseObserver);
    }

    /**
     * <pre>
     * Returns a tenant's public keys as a JWK set (RFC 7517 section 5), the same that is served over HTTP. Anybody may call it; a tenant that does not exist has an empty set.
     * </pre>
     */
    default void getJwks(dev.authsvc.v1.GetJwksRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.GetJwksResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getGetJwksMethod(), responseObserver);
    }
  }

  /**
   * Base class for the server implementation of the service KeyService.
   * <pre>
   * A tenant's keys: prepared, active, verify-only, retired; or tainted.
   * </pre>
   */
  public static abstract class KeyServiceImplBase
      implements io.grpc.BindableService, AsyncService {

    @java.lang.Override public final io.grpc.ServerServiceDefinition bindService() {
      return KeyServiceGrpc.bindService(this);
    }
  }

  /**
   * A stub to allow clients to do asynchronous rpc calls to service KeyService.
   * <pre>
   * A tenant's keys: prepared, active, verify-only, retired; or tainted.
   * </pre>
   */
  public static final class KeyServiceStub
      extends io.grpc.stub.AbstractAsyncStub<KeyServiceStub> {
    private KeyServiceStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected KeyServiceStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new KeyServiceStub(channel, callOptions);
    }

    /**
     * <pre>
     * Lists a tenant's keys, newest first, page by page; never a private part or a secret. Callers need read:keys.
     * </pre>
     */
    public void listKeys(dev.authsvc.v1.ListKeysRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.ListKeysResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getListKeysMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Makes a new key. It is prepared: published, and not used before all verifiers can know it; then it becomes active by itself and the one before verify-only. Callers need rotate:keys.
     * </pre>
     */
    public void rotateKey(dev.authsvc.v1.RotateKeyRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.RotateKeyResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getRotateKeyMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Makes a prepared or verify-only key active at once, and the one before verify-only. Idempotent. Callers need rotate:keys.
     * </pre>
     */
    public void activateKey(dev.authsvc.v1.ActivateKeyRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.ActivateKeyResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getActivateKeyMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Revokes a key: it neither signs nor verifies any more, anywhere, for ever. The same as Revoke with a KeyTarget. Idempotent. Callers need taint:keys.
     * </pre>
     */
    public void taintKey(dev.authsvc.v1.TaintKeyRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.TaintKeyResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getTaintKeyMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Retires a verify-only or prepared key: its tokens are answered with unknown key, and it is no longer published. Idempotent. Callers need rotate:keys.
     * </pre>
     */
    public void retireKey(dev.authsvc.v1.RetireKeyRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.RetireKeyResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getRetireKeyMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Brings a key of the tenant's own. Weak, broken or mixed-up keys are refused with the reason. Callers need import:keys.
     * </pre>
     */
    public void importKey(dev.authsvc.v1.ImportKeyRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.ImportKeyResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getImportKeyMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Returns a tenant's public keys as a JWK set (RFC 7517 section 5), the same that is served over HTTP. Anybody may call it; a tenant that does not exist has an empty set.
     * </pre>
     */
    public void getJwks(dev.authsvc.v1.GetJwksRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.GetJwksResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getGetJwksMethod(), getCallOptions()), request, responseObserver);
    }
  }

  /**
   * A stub to allow clients to do synchronous rpc calls to service KeyService.
   * <pre>
   * A tenant's keys: prepared, active, verify-only, retired; or tainted.
   * </pre>
   */
  public static final class KeyServiceBlockingV2Stub
      extends io.grpc.stub.AbstractBlockingStub<KeyServiceBlockingV2Stub> {
    private KeyServiceBlockingV2Stub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected KeyServiceBlockingV2Stub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new KeyServiceBlockingV2Stub(channel, callOptions);
    }

    /**
     * <pre>
     * Lists a tenant's keys, newest first, page by page; never a private part or a secret. Callers need read:keys.
     * </pre>
     */
    public dev.authsvc.v1.ListKeysResponse listKeys(dev.authsvc.v1.ListKeysRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getListKeysMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Makes a new key. It is prepared: published, and not used before all verifiers can know it; then it becomes active by itself and the one before verify-only. Callers need rotate:keys.
     * </pre>
     */
    public dev.authsvc.v1.RotateKeyResponse rotateKey(dev.authsvc.v1.RotateKeyRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getRotateKeyMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Makes a prepared or verify-only key active at once, and the one before verify-only. Idempotent. Callers need rotate:keys.
     * </pre>
     */
    public dev.authsvc.v1.ActivateKeyResponse activateKey(dev.authsvc.v1.ActivateKeyRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getActivateKeyMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Revokes a key: it neither signs nor verifies any more, anywhere, for ever. The same as Revoke with a KeyTarget. Idempotent. Callers need taint:keys.
     * </pre>
     */
    public dev.authsvc.v1.TaintKeyResponse taintKey(dev.authsvc.v1.TaintKeyRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getTaintKeyMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Retires a verify-only or prepared key: its tokens are answered with unknown key, and it is no longer published. Idempotent. Callers need rotate:keys.
     * </pre>
     */
    public dev.authsvc.v1.RetireKeyResponse retireKey(dev.authsvc.v1.RetireKeyRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getRetireKeyMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Brings a key of the tenant's own. Weak, broken or mixed-up keys are refused with the reason. Callers need import:keys.
     * </pre>
     */
    public dev.authsvc.v1.ImportKeyResponse importKey(dev.authsvc.v1.ImportKeyRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getImportKeyMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Returns a tenant's public keys as a JWK set (RFC 7517 section 5), the same that is served over HTTP. Anybody may call it; a tenant that does not exist has an empty set.
     * </pre>
     */
    public dev.authsvc.v1.GetJwksResponse getJwks(dev.authsvc.v1.GetJwksRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getGetJwksMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do limited synchronous rpc calls to service KeyService.
   * <pre>
   * A tenant's keys: prepared, active, verify-only, retired; or tainted.
   * </pre>
   */
  public static final class KeyServiceBlockingStub
      extends io.grpc.stub.AbstractBlockingStub<KeyServiceBlockingStub> {
    private KeyServiceBlockingStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected KeyServiceBlockingStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new KeyServiceBlockingStub(channel, callOptions);
    }

    /**
     * <pre>
     * Lists a tenant's keys, newest first, page by page; never a private part or a secret. Callers need read:keys.
     * </pre>
     */
    public dev.authsvc.v1.ListKeysResponse listKeys(dev.authsvc.v1.ListKeysRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getListKeysMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Makes a new key. It is prepared: published, and not used before all verifiers can know it; then it becomes active by itself and the one before verify-only. Callers need rotate:keys.
     * </pre>
     */
    public dev.authsvc.v1.RotateKeyResponse rotateKey(dev.authsvc.v1.RotateKeyRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getRotateKeyMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Makes a prepared or verify-only key active at once, and the one before verify-only. Idempotent. Callers need rotate:keys.
     * </pre>
     */
    public dev.authsvc.v1.ActivateKeyResponse activateKey(dev.authsvc.v1.ActivateKeyRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getActivateKeyMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Revokes a key: it neither signs nor verifies any more, anywhere, for ever. The same as Revoke with a KeyTarget. Idempotent. Callers need taint:keys.
     * </pre>
     */
    public dev.authsvc.v1.TaintKeyResponse taintKey(dev.authsvc.v1.TaintKeyRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getTaintKeyMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Retires a verify-only or prepared key: its tokens are answered with unknown key, and it is no longer published. Idempotent. Callers need rotate:keys.
     * </pre>
     */
    public dev.authsvc.v1.RetireKeyResponse retireKey(dev.authsvc.v1.RetireKeyRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getRetireKeyMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Brings a key of the tenant's own. Weak, broken or mixed-up keys are refused with the reason. Callers need import:keys.
     * </pre>
     */
    public dev.authsvc.v1.ImportKeyResponse importKey(dev.authsvc.v1.ImportKeyRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getImportKeyMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Returns a tenant's public keys as a JWK set (RFC 7517 section 5), the same that is served over HTTP. Anybody may call it; a tenant that does not exist has an empty set.
     * </pre>
     */
    public dev.authsvc.v1.GetJwksResponse getJwks(dev.authsvc.v1.GetJwksRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getGetJwksMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do ListenableFuture-style rpc calls to service KeyService.
   * <pre>
   * A tenant's keys: prepared, active, verify-only, retired; or tainted.
   * </pre>
   */
  public static final class KeyServiceFutureStub
      extends io.grpc.stub.AbstractFutureStub<KeyServiceFutureStub> {
    private KeyServiceFutureStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected KeyServiceFutureStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new KeyServiceFutureStub(channel, callOptions);
    }

    /**
     * <pre>
     * Lists a tenant's keys, newest first, page by page; never a private part or a secret. Callers need read:keys.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.authsvc.v1.ListKeysResponse> listKeys(
        dev.authsvc.v1.ListKeysRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getListKeysMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Makes a new key. It is prepared: published, and not used before all verifiers can know it; then it becomes active by itself and the one before verify-only. Callers need rotate:keys.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.authsvc.v1.RotateKeyResponse> rotateKey(
        dev.authsvc.v1.RotateKeyRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getRotateKeyMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Makes a prepared or verify-only key active at once, and the one before verify-only. Idempotent. Callers need rotate:keys.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.authsvc.v1.ActivateKeyResponse> activateKey(
        dev.authsvc.v1.ActivateKeyRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getActivateKeyMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Revokes a key: it neither signs nor verifies any more, anywhere, for ever. The same as Revoke with a KeyTarget. Idempotent. Callers need taint:keys.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.authsvc.v1.TaintKeyResponse> taintKey(
        dev.authsvc.v1.TaintKeyRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getTaintKeyMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Retires a verify-only or prepared key: its tokens are answered with unknown key, and it is no longer published. Idempotent. Callers need rotate:keys.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.authsvc.v1.RetireKeyResponse> retireKey(
        dev.authsvc.v1.RetireKeyRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getRetireKeyMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Brings a key of the tenant's own. Weak, broken or mixed-up keys are refused with the reason. Callers need import:keys.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.authsvc.v1.ImportKeyResponse> importKey(
        dev.authsvc.v1.ImportKeyRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getImportKeyMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Returns a tenant's public keys as a JWK set (RFC 7517 section 5), the same that is served over HTTP. Anybody may call it; a tenant that does not exist has an empty set.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.authsvc.v1.GetJwksResponse> getJwks(
        dev.authsvc.v1.GetJwksRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getGetJwksMethod(), getCallOptions()), request);
    }
  }

  private static final int METHODID_LIST_KEYS = 0;
  private static final int METHODID_ROTATE_KEY = 1;
  private static final int METHODID_ACTIVATE_KEY = 2;
  private static final int METHODID_TAINT_KEY = 3;
  private static final int METHODID_RETIRE_KEY = 4;
  private static final int METHODID_IMPORT_KEY = 5;
  private static final int METHODID_GET_JWKS = 6;

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
        case METHODID_LIST_KEYS:
          serviceImpl.listKeys((dev.authsvc.v1.ListKeysRequest) request,
              (io.grpc.stub.StreamObserver<dev.authsvc.v1.ListKeysResponse>) responseObserver);
          break;
        case METHODID_ROTATE_KEY:
          serviceImpl.rotateKey((dev.authsvc.v1.RotateKeyRequest) request,
              (io.grpc.stub.StreamObserver<dev.authsvc.v1.RotateKeyResponse>) responseObserver);
          break;
        case METHODID_ACTIVATE_KEY:
          serviceImpl.activateKey((dev.authsvc.v1.ActivateKeyRequest) request,
              (io.grpc.stub.StreamObserver<dev.authsvc.v1.ActivateKeyResponse>) responseObserver);
          break;
        case METHODID_TAINT_KEY:
          serviceImpl.taintKey((dev.authsvc.v1.TaintKeyRequest) request,
              (io.grpc.stub.StreamObserver<dev.authsvc.v1.TaintKeyResponse>) responseObserver);
          break;
        case METHODID_RETIRE_KEY:
          serviceImpl.retireKey((dev.authsvc.v1.RetireKeyRequest) request,
              (io.grpc.stub.StreamObserver<dev.authsvc.v1.RetireKeyResponse>) responseObserver);
          break;
        case METHODID_IMPORT_KEY:
          serviceImpl.importKey((dev.authsvc.v1.ImportKeyRequest) request,
              (io.grpc.stub.StreamObserver<dev.authsvc.v1.ImportKeyResponse>) responseObserver);
          break;
        case METHODID_GET_JWKS:
          serviceImpl.getJwks((dev.authsvc.v1.GetJwksRequest) request,
              (io.grpc.stub.StreamObserver<dev.authsvc.v1.GetJwksResponse>) responseObserver);
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
          getListKeysMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.authsvc.v1.ListKeysRequest,
              dev.authsvc.v1.ListKeysResponse>(
                service, METHODID_LIST_KEYS)))
        .addMethod(
          getRotateKeyMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.authsvc.v1.RotateKeyRequest,
              dev.authsvc.v1.RotateKeyResponse>(
                service, METHODID_ROTATE_KEY)))
        .addMethod(
          getActivateKeyMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.authsvc.v1.ActivateKeyRequest,
              dev.authsvc.v1.ActivateKeyResponse>(
                service, METHODID_ACTIVATE_KEY)))
        .addMethod(
          getTaintKeyMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.authsvc.v1.TaintKeyRequest,
              dev.authsvc.v1.TaintKeyResponse>(
                service, METHODID_TAINT_KEY)))
        .addMethod(
          getRetireKeyMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.authsvc.v1.RetireKeyRequest,
              dev.authsvc.v1.RetireKeyResponse>(
                service, METHODID_RETIRE_KEY)))
        .addMethod(
          getImportKeyMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.authsvc.v1.ImportKeyRequest,
              dev.authsvc.v1.ImportKeyResponse>(
                service, METHODID_IMPORT_KEY)))
        .addMethod(
          getGetJwksMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.authsvc.v1.GetJwksRequest,
              dev.authsvc.v1.GetJwksResponse>(
                service, METHODID_GET_JWKS)))
        .build();
  }

  private static abstract class KeyServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoFileDescriptorSupplier, io.grpc.protobuf.ProtoServiceDescriptorSupplier {
    KeyServiceBaseDescriptorSupplier() {}

    @java.lang.Override
    public com.google.protobuf.Descriptors.FileDescriptor getFileDescriptor() {
      return dev.authsvc.v1.KeyServiceOuterClass.getDescriptor();
    }

    @java.lang.Override
    public com.google.protobuf.Descriptors.ServiceDescriptor getServiceDescriptor() {
      return getFileDescriptor().findServiceByName("KeyService");
    }
  }

  private static final class KeyServiceFileDescriptorSupplier
      extends KeyServiceBaseDescriptorSupplier {
    KeyServiceFileDescriptorSupplier() {}
  }

  private static final class KeyServiceMethodDescriptorSupplier
      extends KeyServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoMethodDescriptorSupplier {
    private final java.lang.String methodName;

    KeyServiceMethodDescriptorSupplier(java.lang.String methodName) {
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
      synchronized (KeyServiceGrpc.class) {
        result = serviceDescriptor;
        if (result == null) {
          serviceDescriptor = result = io.grpc.ServiceDescriptor.newBuilder(SERVICE_NAME)
              .setSchemaDescriptor(new KeyServiceFileDescriptorSupplier())
              .addMethod(getListKeysMethod())
              .addMethod(getRotateKeyMethod())
              .addMethod(getActivateKeyMethod())
              .addMethod(getTaintKeyMethod())
              .addMethod(getRetireKeyMethod())
              .addMethod(getImportKeyMethod())
              .addMethod(getGetJwksMethod())
              .build();
        }
      }
    }
    return result;
  }
}
