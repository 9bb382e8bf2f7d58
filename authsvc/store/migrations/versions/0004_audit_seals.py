"""The seals of the audit rows and the signed head of their chain; indexes for the audit's filters."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables and the indexes. What is there already is sealed by the first server that runs."""
    op.create_table(
        "audit_seals",
        sa.Column("position", _ROW_NUMBER, autoincrement=False, nullable=False),
        sa.Column("seal", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_audit_seals"),
    )
    op.create_table(
        "audit_head",
        sa.Column("position", _ROW_NUMBER, autoincrement=False, nullable=False),
        sa.Column("seal", sa.LargeBinary(), nullable=False),
        sa.Column("head_time", sa.BigInteger(), nullable=False, comment="microseconds since the epoch"),
        sa.Column("key_id", _TEXT, nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_audit_head"),
    )
    for column in ("actor", "target"):
        op.create_index(f"ix_audit_records_tenant_{column}_position", "audit_records", ["tenant", column, "position"])


def downgrade() -> None:
    """Drop what was created. The seals cannot be made again as they were."""
    for column in ("actor", "target"):
        op.drop_index(f"ix_audit_records_tenant_{column}_position", "audit_records")
    op.drop_table("audit_head")
    op.drop_table("audit_seals")
