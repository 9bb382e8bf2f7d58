"""What each RPC does, one file a family: request in, response out. No grpc, no HTTP, no SQL; the hot ones are synchronous."""
