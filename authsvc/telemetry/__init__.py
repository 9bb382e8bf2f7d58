"""Telemetry: logs and metrics. Nothing here ever holds a token, a key or a secret."""
