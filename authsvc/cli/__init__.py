"""The command line: `authsvc serve` and its like, and a client of the running server.

What lives here: options in, plain values to the client, answers on the screen, exit codes. No decision on
tokens, no SQL, no server part: `serve`, `bootstrap` and `recover` hand over to the composition root, all else
goes over gRPC. Nothing that loads grpc or the server may be imported before a command really runs.
"""
