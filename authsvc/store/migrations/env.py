"""What Alembic runs: the revisions, inside the transaction that `authsvc.store.migrate` opened."""

from alembic import context

from authsvc.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
