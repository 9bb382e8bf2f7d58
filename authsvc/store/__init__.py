"""The store: the only place that knows SQL. Tables, migrations, the writer, queries, and the change log with its reader."""
