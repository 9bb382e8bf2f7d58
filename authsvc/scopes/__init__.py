"""Scopes: their grammar, their three written forms with one canonical set inside, and requirements.

Pure and without I/O.
"""
