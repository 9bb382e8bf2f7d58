"""Signing keys: algorithms, generation, sealing at rest, and the ring that finds a key by tenant and kid.

No SQL, no gRPC.
"""
