"""Policy: what each tenant's document says. Pure: documents come in as text or messages, no I/O, no SQL."""
