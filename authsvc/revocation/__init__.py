"""Revocation: what can be revoked, and the in-memory index that says whether a token is.

Pure: no I/O, no SQL, no gRPC.
"""
