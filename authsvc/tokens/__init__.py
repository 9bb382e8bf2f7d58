"""Tokens: strict decoding, claims, signatures, and the decision on them.

Pure: no I/O, no SQL, no gRPC; the clock is an argument.
"""
