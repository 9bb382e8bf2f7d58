"""Issuers that publish their keys: when a key set is fetched, and how it is fetched without trusting whoever answers."""
