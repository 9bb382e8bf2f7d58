"""The gRPC front, on the core of grpcio. A call of the core never leaves this folder."""
