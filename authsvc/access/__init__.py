"""Access: the declaration that every RPC carries, read and enforced.

It needs the stubs and nothing of the server, so that client libraries share it.
"""
