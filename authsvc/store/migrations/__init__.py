"""The chain of schema revisions, run by Alembic at opening. A revision that has landed never changes."""
