"""The gRPC front, on grpc.aio. A ServicerContext never leaves this folder."""
