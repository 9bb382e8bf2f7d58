"""Finds the tokens of a client that have not expired: how many live is counted before one more is issued."""

from collections.abc import Sequence

from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_NAME = "ix_token_records_tenant_client_id_expire_time"


def upgrade() -> None:
    """Add the index."""
    op.create_index(_NAME, "token_records", ["tenant", "client_id", "expire_time"])


def downgrade() -> None:
    """Take it away."""
    op.drop_index(_NAME, "token_records")
