"""The tenants and their documents."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_MICROSECONDS = "microseconds since the epoch"


def upgrade() -> None:
    """Create the tables; the documents come in when the server starts."""
    op.create_table(
        "tenants",
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("uid", _TEXT, nullable=False),
        sa.Column("issuer", _TEXT, nullable=False, comment="the iss claim of its tokens, the default written out"),
        sa.Column("document", sa.LargeBinary(), nullable=False, comment="a serialized Tenant without its outputs"),
        sa.Column("etag", _TEXT, nullable=False),
        sa.Column("create_time", sa.BigInteger(), nullable=False, comment=_MICROSECONDS),
        sa.Column("update_time", sa.BigInteger(), nullable=False, comment=_MICROSECONDS),
        sa.PrimaryKeyConstraint("name", name="pk_tenants"),
    )
    op.create_index("ix_tenants_issuer", "tenants", ["issuer"], unique=True)
    op.create_table(
        "tenant_spiffe_ids",
        sa.Column("spiffe_id", _TEXT, nullable=False, comment="identifies a client of one tenant, of no other"),
        sa.Column("tenant", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("spiffe_id", name="pk_tenant_spiffe_ids"),
    )
    op.create_index("ix_tenant_spiffe_ids_tenant", "tenant_spiffe_ids", ["tenant"])


def downgrade() -> None:
    """Forget the documents; the tokens and keys of the tenants stay."""
    op.drop_table("tenant_spiffe_ids")
    op.drop_table("tenants")
