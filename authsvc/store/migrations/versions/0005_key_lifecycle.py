"""The life of keys: what they are for, when their state changes, and which sealing key sealed them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_MICROSECONDS = "microseconds since the epoch"


def upgrade() -> None:
    """Add the columns; keys from before changed their state last when they were made, as far as anybody knows."""
    for column in (
        sa.Column("purpose", _TEXT, nullable=False, server_default="signing"),
        sa.Column("issuer", _TEXT, nullable=False, server_default=""),
        sa.Column("sealed_by", _TEXT, nullable=False, server_default="", comment="the name of a sealing key"),
        sa.Column("state_time", sa.BigInteger(), nullable=False, server_default="0", comment=_MICROSECONDS),
        sa.Column("activate_time", sa.BigInteger(), nullable=True, comment=_MICROSECONDS),
        sa.Column("retire_time", sa.BigInteger(), nullable=True, comment=_MICROSECONDS),
    ):
        op.add_column("signing_keys", column)
    op.execute("UPDATE signing_keys SET state_time = create_time * 1000000")
    for columns in (("tenant", "create_time", "key_id"), ("activate_time",), ("retire_time",)):
        op.create_index("_".join(("ix", "signing_keys", *columns)), "signing_keys", list(columns))


def downgrade() -> None:
    """Refuse: an older program does not know what a prepared or a retired key is."""
    message = "keys cannot lose their states"
    raise NotImplementedError(message)
