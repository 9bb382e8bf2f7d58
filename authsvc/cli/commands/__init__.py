"""The commands, one file for each family: options in, one call of the client, the answer shown, an exit code.

Nothing here may load grpc, protobuf, rich or the server at import: `authsvc --help` reads every file.
"""
