"""Where tokens come from, when they end by rotation, and which of their scopes are of use."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_RECORDS = "token_records"


def upgrade() -> None:
    """Add what records lack. Every record so far is of an issued token, whose family is its own."""
    _add("ancestors", _TEXT, "[]")
    _add("first_issue_time", sa.BigInteger(), "0", comment="of the oldest ancestor")
    for number in (1, 2, 3):
        _add(f"ancestor_{number}", _TEXT, "")
        _add(f"ancestor_{number}_key", _TEXT, "")
    _add("family_id", _TEXT, "", comment="of an issued token its own id")
    op.add_column(_RECORDS, sa.Column("family_end", sa.BigInteger(), nullable=True))
    _add("rotated_from", _TEXT, "")
    op.add_column(_RECORDS, sa.Column("last_used_time", sa.BigInteger(), nullable=True))
    records = sa.table(_RECORDS, *map(sa.column, ("family_id", "token_id", "first_issue_time", "issue_time")))
    op.execute(records.update().values(family_id=records.c.token_id, first_issue_time=records.c.issue_time))
    op.create_table(
        "token_usage",
        *(sa.Column(name, _TEXT, nullable=False) for name in ("tenant", "issuer", "token_id")),
        sa.Column("scope", _TEXT, nullable=False, comment="a scope that met a check"),
        sa.Column("last_used_time", sa.BigInteger(), nullable=False),
        sa.Column("expire_time", sa.BigInteger(), nullable=False, comment="of the token"),
        sa.PrimaryKeyConstraint("tenant", "issuer", "token_id", "scope", name="pk_token_usage"),
    )
    op.create_index("ix_token_usage_expire_time", "token_usage", ["expire_time"])


def downgrade() -> None:
    """Refuse: rotated tokens would come to life again."""
    message = "the schema before this one forgets which tokens were rotated"
    raise NotImplementedError(message)


def _add(name: str, kind: "sa.types.TypeEngine[Any]", default: str, comment: str | None = None) -> None:
    op.add_column(_RECORDS, sa.Column(name, kind, nullable=False, server_default=default, comment=comment))
