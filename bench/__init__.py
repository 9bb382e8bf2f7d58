"""Measures what a call costs the server, always beside something else in the same run. Nothing here is part of the service.

Run it with `make bench`, or `python -m bench` and its options.
"""
