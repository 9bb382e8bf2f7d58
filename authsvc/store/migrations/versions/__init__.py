"""The revisions, one a file, each named by its number."""
