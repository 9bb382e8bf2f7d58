"""Fronts: bytes in, bytes out; metadata becomes a caller, an error becomes a status. No SQL, no decisions."""
