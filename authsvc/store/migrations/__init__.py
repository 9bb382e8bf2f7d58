"""The chain of schema revisions, run by Alembic when a store is opened. A revision that has landed never changes."""
