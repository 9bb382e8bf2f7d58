"""Audit: who did what, as a value. The store writes it in the transaction of the change itself."""
