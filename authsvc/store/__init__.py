"""The store: the only place that knows SQL. Tables, migrations, the writer, queries, and the change log with its reader.

`opening.open_store` opens it, `contract` says what it promises. No gRPC, no tokens' text, no unsealed key comes in.
"""
