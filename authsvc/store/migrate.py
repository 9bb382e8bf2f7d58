"""Brings the schema of a database to the newest revision."""

from sqlalchemy import Connection, Engine, inspect, select, text

from authsvc.errors import ConfigurationError
from authsvc.store.schema import meta

HEAD = "0006"
"""The newest revision of the chain in `migrations/versions`."""


def migrate(engine: Engine) -> str:
    """Bring the schema to HEAD by one transaction: killed at any point, it leaves the old schema whole.

    To be called by one process at a time.

    Returns:
        The id of the store.

    Raises:
        ConfigurationError: the schema is newer than this program.
    """
    with engine.begin() as connection:
        current = _current(connection)
        if current != HEAD:
            _upgrade(connection, current)
        store_id: str = connection.execute(select(meta.c.store_id)).scalar_one()
    return store_id


def _upgrade(connection: Connection, current: str | None) -> None:
    # Alembic takes a while to import, and most starts need no migration.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "authsvc.store:migrations")
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if current is not None and current not in known:
        raise ConfigurationError(
            "AUTHSVC_DATA_DIR: the store was written by a newer authsvc; run that version or restore a backup"
        )
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found
