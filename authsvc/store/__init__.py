"""The store: the only place that knows SQL. Tables, migrations, writer, queries, change log and its reader.

`opening.open_store` opens it, `contract` says what it promises. Neither gRPC nor a token's text comes in.
"""
