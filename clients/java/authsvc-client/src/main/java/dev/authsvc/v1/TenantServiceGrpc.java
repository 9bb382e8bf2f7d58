package dev.authsvc.v1;

import static io.grpc.MethodDescriptor.generateFullMethodName;

/**
 * <pre>
 * Tenant documents: applied whole, in force everywhere before the answer.
 * </pre>
 */
@io.grpc.stub.annotations.GrpcGenerated
public final class TenantServiceGrpc {

  private TenantServiceGrpc() {}

  public static final java.lang.String SERVICE_NAME = "authsvc.v1.TenantService";

  // Static method descriptors that strictly reflect the proto.
  private static volatile io.grpc.MethodDescriptor<dev.authsvc.v1.ApplyTenantRequest,
      dev.authsvc.v1.ApplyTenantResponse> getApplyTenantMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ApplyTenant",
      requestType = dev.authsvc.v1.ApplyTenantRequest.class,
      responseType = dev.authsvc.v1.ApplyTenantResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.authsvc.v1.ApplyTenantRequest,
      dev.authsvc.v1.ApplyTenantResponse> getApplyTenantMethod() {
    io.grpc.MethodDescriptor<dev.authsvc.v1.ApplyTenantRequest, dev.authsvc.v1.ApplyTenantResponse> getApplyTenantMethod;
    if ((getApplyTenantMethod = TenantServiceGrpc.getApplyTenantMethod) == null) {
      synchronized (TenantServiceGrpc.class) {
        if ((getApplyTenantMethod = TenantServiceGrpc.getApplyTenantMethod) == null) {
          TenantServiceGrpc.getApplyTenantMethod = getApplyTenantMethod =
              io.grpc.MethodDescriptor.<dev.authsvc.v1.ApplyTenantRequest, dev.authsvc.v1.ApplyTenantResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ApplyTenant"))
              .setIdempotent(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.ApplyTenantRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.ApplyTenantResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TenantServiceMethodDescriptorSupplier("ApplyTenant"))
              .build();
        }
      }
    }
    return getApplyTenantMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.authsvc.v1.GetTenantRequest,
      dev.authsvc.v1.GetTenantResponse> getGetTenantMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "GetTenant",
      requestType = dev.authsvc.v1.GetTenantRequest.class,
      responseType = dev.authsvc.v1.GetTenantResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.authsvc.v1.GetTenantRequest,
      dev.authsvc.v1.GetTenantResponse> getGetTenantMethod() {
    io.grpc.MethodDescriptor<dev.authsvc.v1.GetTenantRequest, dev.authsvc.v1.GetTenantResponse> getGetTenantMethod;
    if ((getGetTenantMethod = TenantServiceGrpc.getGetTenantMethod) == null) {
      synchronized (TenantServiceGrpc.class) {
        if ((getGetTenantMethod = TenantServiceGrpc.getGetTenantMethod) == null) {
          TenantServiceGrpc.getGetTenantMethod = getGetTenantMethod =
              io.grpc.MethodDescriptor.<dev.authsvc.v1.GetTenantRequest, dev.authsvc.v1.GetTenantResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "GetTenant"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.GetTenantRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.GetTenantResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TenantServiceMethodDescriptorSupplier("GetTenant"))
              .build();
        }
      }
    }
    return getGetTenantMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.authsvc.v1.ListTenantsRequest,
      dev.authsvc.v1.ListTenantsResponse> getListTenantsMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ListTenants",
      requestType = dev.authsvc.v1.ListTenantsRequest.class,
      responseType = dev.authsvc.v1.ListTenantsResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.authsvc.v1.ListTenantsRequest,
      dev.authsvc.v1.ListTenantsResponse> getListTenantsMethod() {
    io.grpc.MethodDescriptor<dev.authsvc.v1.ListTenantsRequest, dev.authsvc.v1.ListTenantsResponse> getListTenantsMethod;
    if ((getListTenantsMethod = TenantServiceGrpc.getListTenantsMethod) == null) {
      synchronized (TenantServiceGrpc.class) {
        if ((getListTenantsMethod = TenantServiceGrpc.getListTenantsMethod) == null) {
          TenantServiceGrpc.getListTenantsMethod = getListTenantsMethod =
              io.grpc.MethodDescriptor.<dev.authsvc.v1.ListTenantsRequest, dev.authsvc.v1.ListTenantsResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ListTenants"))
              .setSafe(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.ListTenantsRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.ListTenantsResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TenantServiceMethodDescriptorSupplier("ListTenants"))
              .build();
        }
      }
    }
    return getListTenantsMethod;
  }

  private static volatile io.grpc.MethodDescriptor<dev.authsvc.v1.DeleteTenantRequest,
      dev.authsvc.v1.DeleteTenantResponse> getDeleteTenantMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "DeleteTenant",
      requestType = dev.authsvc.v1.DeleteTenantRequest.class,
      responseType = dev.authsvc.v1.DeleteTenantResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<dev.authsvc.v1.DeleteTenantRequest,
      dev.authsvc.v1.DeleteTenantResponse> getDeleteTenantMethod() {
    io.grpc.MethodDescriptor<dev.authsvc.v1.DeleteTenantRequest, dev.authsvc.v1.DeleteTenantResponse> getDeleteTenantMethod;
    if ((getDeleteTenantMethod = TenantServiceGrpc.getDeleteTenantMethod) == null) {
      synchronized (TenantServiceGrpc.class) {
        if ((getDeleteTenantMethod = TenantServiceGrpc.getDeleteTenantMethod) == null) {
          TenantServiceGrpc.getDeleteTenantMethod = getDeleteTenantMethod =
              io.grpc.MethodDescriptor.<dev.authsvc.v1.DeleteTenantRequest, dev.authsvc.v1.DeleteTenantResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "DeleteTenant"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.DeleteTenantRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  dev.authsvc.v1.DeleteTenantResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TenantServiceMethodDescriptorSupplier("DeleteTenant"))
              .build();
        }
      }
    }
    return getDeleteTenantMethod;
  }

  /**
   * Creates a new async stub that supports all call types for the service
   */
  public static TenantServiceStub newStub(io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<TenantServiceStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<TenantServiceStub>() {
        @java.lang.Override
        public TenantServiceStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new TenantServiceStub(channel, callOptions);
        }
      };
    return TenantServiceStub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports all types of calls on the service
   */
  public static TenantServiceBlockingV2Stub newBlockingV2Stub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<TenantServiceBlockingV2Stub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<TenantServiceBlockingV2Stub>() {
        @java.lang.Override
        public TenantServiceBlockingV2Stub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new TenantServiceBlockingV2Stub(channel, callOptions);
        }
      };
    return TenantServiceBlockingV2Stub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports unary and streaming output calls on the service
   */
  public static TenantServiceBlockingStub newBlockingStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<TenantServiceBlockingStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<TenantServiceBlockingStub>() {
        @java.lang.Override
        public TenantServiceBlockingStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new TenantServiceBlockingStub(channel, callOptions);
        }
      };
    return TenantServiceBlockingStub.newStub(factory, channel);
  }

  /**
   * Creates a new ListenableFuture-style stub that supports unary calls on the service
   */
  public static TenantServiceFutureStub newFutureStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<TenantServiceFutureStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<TenantServiceFutureStub>() {
        @java.lang.Override
        public TenantServiceFutureStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new TenantServiceFutureStub(channel, callOptions);
        }
      };
    return TenantServiceFutureStub.newStub(factory, channel);
  }

  /**
   * <pre>
   * Tenant documents: applied whole, in force everywhere before the answer.
   * </pre>
   */
  public interface AsyncService {

    /**
     * <pre>
     * Puts a tenant document in the place of the one before, or makes the tenant. Atomic; checked as a whole, with a violation for each fault. Idempotent: the same document again changes nothing. Callers need apply:tenants; only a caller for all tenants makes a new one.
     * </pre>
     */
    default void applyTenant(dev.authsvc.v1.ApplyTenantRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.ApplyTenantResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getApplyTenantMethod(), responseObserver);
    }

    /**
     * <pre>
     * Returns a tenant's document. Callers need read:tenants.
     * </pre>
     */
    default void getTenant(dev.authsvc.v1.GetTenantRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.GetTenantResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getGetTenantMethod(), responseObserver);
    }

    /**
     * <pre>
     * Lists the tenants by name, page by page; a caller bound to one tenant sees that one. Callers need read:tenants.
     * </pre>
     */
    default void listTenants(dev.authsvc.v1.ListTenantsRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.ListTenantsResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getListTenantsMethod(), responseObserver);
    }

    /**
     * <pre>
     * Deletes a tenant: its keys are tainted, and every token of it and every key bound to it is refused from now on. A later tenant of the same name inherits nothing. Callers need delete:tenants and a key for all tenants.
     * </pre>
     */
    default void deleteTenant(dev.authsvc.v1.DeleteTenantRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.DeleteTenantResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getDeleteTenantMethod(), responseObserver);
    }
  }

  /**
   * Base class for the server implementation of the service TenantService.
   * <pre>
   * Tenant documents: applied whole, in force everywhere before the answer.
   * </pre>
   */
  public static abstract class TenantServiceImplBase
      implements io.grpc.BindableService, AsyncService {

    @java.lang.Override public final io.grpc.ServerServiceDefinition bindService() {
      return TenantServiceGrpc.bindService(this);
    }
  }

  /**
   * A stub to allow clients to do asynchronous rpc calls to service TenantService.
   * <pre>
   * Tenant documents: applied whole, in force everywhere before the answer.
   * </pre>
   */
  public static final class TenantServiceStub
      extends io.grpc.stub.AbstractAsyncStub<TenantServiceStub> {
    private TenantServiceStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected TenantServiceStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new TenantServiceStub(channel, callOptions);
    }

    /**
     * <pre>
     * Puts a tenant document in the place of the one before, or makes the tenant. Atomic; checked as a whole, with a violation for each fault. Idempotent: the same document again changes nothing. Callers need apply:tenants; only a caller for all tenants makes a new one.
     * </pre>
     */
    public void applyTenant(dev.authsvc.v1.ApplyTenantRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.ApplyTenantResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getApplyTenantMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Returns a tenant's document. Callers need read:tenants.
     * </pre>
     */
    public void getTenant(dev.authsvc.v1.GetTenantRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.GetTenantResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getGetTenantMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Lists the tenants by name, page by page; a caller bound to one tenant sees that one. Callers need read:tenants.
     * </pre>
     */
    public void listTenants(dev.authsvc.v1.ListTenantsRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.ListTenantsResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getListTenantsMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Deletes a tenant: its keys are tainted, and every token of it and every key bound to it is refused from now on. A later tenant of the same name inherits nothing. Callers need delete:tenants and a key for all tenants.
     * </pre>
     */
    public void deleteTenant(dev.authsvc.v1.DeleteTenantRequest request,
        io.grpc.stub.StreamObserver<dev.authsvc.v1.DeleteTenantResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getDeleteTenantMethod(), getCallOptions()), request, responseObserver);
    }
  }

  /**
   * A stub to allow clients to do synchronous rpc calls to service TenantService.
   * <pre>
   * Tenant documents: applied whole, in force everywhere before the answer.
   * </pre>
   */
  public static final class TenantServiceBlockingV2Stub
      extends io.grpc.stub.AbstractBlockingStub<TenantServiceBlockingV2Stub> {
    private TenantServiceBlockingV2Stub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected TenantServiceBlockingV2Stub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new TenantServiceBlockingV2Stub(channel, callOptions);
    }

    /**
     * <pre>
     * Puts a tenant document in the place of the one before, or makes the tenant. Atomic; checked as a whole, with a violation for each fault. Idempotent: the same document again changes nothing. Callers need apply:tenants; only a caller for all tenants makes a new one.
     * </pre>
     */
    public dev.authsvc.v1.ApplyTenantResponse applyTenant(dev.authsvc.v1.ApplyTenantRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getApplyTenantMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Returns a tenant's document. Callers need read:tenants.
     * </pre>
     */
    public dev.authsvc.v1.GetTenantResponse getTenant(dev.authsvc.v1.GetTenantRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getGetTenantMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Lists the tenants by name, page by page; a caller bound to one tenant sees that one. Callers need read:tenants.
     * </pre>
     */
    public dev.authsvc.v1.ListTenantsResponse listTenants(dev.authsvc.v1.ListTenantsRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getListTenantsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Deletes a tenant: its keys are tainted, and every token of it and every key bound to it is refused from now on. A later tenant of the same name inherits nothing. Callers need delete:tenants and a key for all tenants.
     * </pre>
     */
    public dev.authsvc.v1.DeleteTenantResponse deleteTenant(dev.authsvc.v1.DeleteTenantRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getDeleteTenantMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do limited synchronous rpc calls to service TenantService.
   * <pre>
   * Tenant documents: applied whole, in force everywhere before the answer.
   * </pre>
   */
  public static final class TenantServiceBlockingStub
      extends io.grpc.stub.AbstractBlockingStub<TenantServiceBlockingStub> {
    private TenantServiceBlockingStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected TenantServiceBlockingStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new TenantServiceBlockingStub(channel, callOptions);
    }

    /**
     * <pre>
     * Puts a tenant document in the place of the one before, or makes the tenant. Atomic; checked as a whole, with a violation for each fault. Idempotent: the same document again changes nothing. Callers need apply:tenants; only a caller for all tenants makes a new one.
     * </pre>
     */
    public dev.authsvc.v1.ApplyTenantResponse applyTenant(dev.authsvc.v1.ApplyTenantRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getApplyTenantMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Returns a tenant's document. Callers need read:tenants.
     * </pre>
     */
    public dev.authsvc.v1.GetTenantResponse getTenant(dev.authsvc.v1.GetTenantRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getGetTenantMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Lists the tenants by name, page by page; a caller bound to one tenant sees that one. Callers need read:tenants.
     * </pre>
     */
    public dev.authsvc.v1.ListTenantsResponse listTenants(dev.authsvc.v1.ListTenantsRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getListTenantsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Deletes a tenant: its keys are tainted, and every token of it and every key bound to it is refused from now on. A later tenant of the same name inherits nothing. Callers need delete:tenants and a key for all tenants.
     * </pre>
     */
    public dev.authsvc.v1.DeleteTenantResponse deleteTenant(dev.authsvc.v1.DeleteTenantRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getDeleteTenantMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do ListenableFuture-style rpc calls to service TenantService.
   * <pre>
   * Tenant documents: applied whole, in force everywhere before the answer.
   * </pre>
   */
  public static final class TenantServiceFutureStub
      extends io.grpc.stub.AbstractFutureStub<TenantServiceFutureStub> {
    private TenantServiceFutureStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected TenantServiceFutureStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new TenantServiceFutureStub(channel, callOptions);
    }

    /**
     * <pre>
     * Puts a tenant document in the place of the one before, or makes the tenant. Atomic; checked as a whole, with a violation for each fault. Idempotent: the same document again changes nothing. Callers need apply:tenants; only a caller for all tenants makes a new one.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.authsvc.v1.ApplyTenantResponse> applyTenant(
        dev.authsvc.v1.ApplyTenantRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getApplyTenantMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Returns a tenant's document. Callers need read:tenants.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.authsvc.v1.GetTenantResponse> getTenant(
        dev.authsvc.v1.GetTenantRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getGetTenantMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Lists the tenants by name, page by page; a caller bound to one tenant sees that one. Callers need read:tenants.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.authsvc.v1.ListTenantsResponse> listTenants(
        dev.authsvc.v1.ListTenantsRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getListTenantsMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Deletes a tenant: its keys are tainted, and every token of it and every key bound to it is refused from now on. A later tenant of the same name inherits nothing. Callers need delete:tenants and a key for all tenants.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<dev.authsvc.v1.DeleteTenantResponse> deleteTenant(
        dev.authsvc.v1.DeleteTenantRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getDeleteTenantMethod(), getCallOptions()), request);
    }
  }

  private static final int METHODID_APPLY_TENANT = 0;
  private static final int METHODID_GET_TENANT = 1;
  private static final int METHODID_LIST_TENANTS = 2;
  private static final int METHODID_DELETE_TENANT = 3;

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
        case METHODID_APPLY_TENANT:
          serviceImpl.applyTenant((dev.authsvc.v1.ApplyTenantRequest) request,
              (io.grpc.stub.StreamObserver<dev.authsvc.v1.ApplyTenantResponse>) responseObserver);
          break;
        case METHODID_GET_TENANT:
          serviceImpl.getTenant((dev.authsvc.v1.GetTenantRequest) request,
              (io.grpc.stub.StreamObserver<dev.authsvc.v1.GetTenantResponse>) responseObserver);
          break;
        case METHODID_LIST_TENANTS:
          serviceImpl.listTenants((dev.authsvc.v1.ListTenantsRequest) request,
              (io.grpc.stub.StreamObserver<dev.authsvc.v1.ListTenantsResponse>) responseObserver);
          break;
        case METHODID_DELETE_TENANT:
          serviceImpl.deleteTenant((dev.authsvc.v1.DeleteTenantRequest) request,
              (io.grpc.stub.StreamObserver<dev.authsvc.v1.DeleteTenantResponse>) responseObserver);
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
          getApplyTenantMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.authsvc.v1.ApplyTenantRequest,
              dev.authsvc.v1.ApplyTenantResponse>(
                service, METHODID_APPLY_TENANT)))
        .addMethod(
          getGetTenantMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.authsvc.v1.GetTenantRequest,
              dev.authsvc.v1.GetTenantResponse>(
                service, METHODID_GET_TENANT)))
        .addMethod(
          getListTenantsMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.authsvc.v1.ListTenantsRequest,
              dev.authsvc.v1.ListTenantsResponse>(
                service, METHODID_LIST_TENANTS)))
        .addMethod(
          getDeleteTenantMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              dev.authsvc.v1.DeleteTenantRequest,
              dev.authsvc.v1.DeleteTenantResponse>(
                service, METHODID_DELETE_TENANT)))
        .build();
  }

  private static abstract class TenantServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoFileDescriptorSupplier, io.grpc.protobuf.ProtoServiceDescriptorSupplier {
    TenantServiceBaseDescriptorSupplier() {}

    @java.lang.Override
    public com.google.protobuf.Descriptors.FileDescriptor getFileDescriptor() {
      return dev.authsvc.v1.TenantServiceOuterClass.getDescriptor();
    }

    @java.lang.Override
    public com.google.protobuf.Descriptors.ServiceDescriptor getServiceDescriptor() {
      return getFileDescriptor().findServiceByName("TenantService");
    }
  }

  private static final class TenantServiceFileDescriptorSupplier
      extends TenantServiceBaseDescriptorSupplier {
    TenantServiceFileDescriptorSupplier() {}
  }

  private static final class TenantServiceMethodDescriptorSupplier
      extends TenantServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoMethodDescriptorSupplier {
    private final java.lang.String methodName;

    TenantServiceMethodDescriptorSupplier(java.lang.String methodName) {
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
      synchronized (TenantServiceGrpc.class) {
        result = serviceDescriptor;
        if (result == null) {
          serviceDescriptor = result = io.grpc.ServiceDescriptor.newBuilder(SERVICE_NAME)
              .setSchemaDescriptor(new TenantServiceFileDescriptorSupplier())
              .addMethod(getApplyTenantMethod())
              .addMethod(getGetTenantMethod())
              .addMethod(getListTenantsMethod())
              .addMethod(getDeleteTenantMethod())
              .build();
        }
      }
    }
    return result;
  }
}
