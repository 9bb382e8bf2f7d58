"""The first schema, and the random id that tells this store from every other."""

import secrets
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _text(name: str) -> "sa.Column[str]":
    return sa.Column(name, _TEXT, nullable=False)


def _number(name: str, *, nullable: bool = False, comment: str | None = None) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger(), nullable=nullable, comment=comment)


def _row_number(name: str) -> "sa.Column[int]":
    return sa.Column(name, _ROW_NUMBER, autoincrement=True, nullable=False)


def upgrade() -> None:
    """Create every table and give the store its id."""
    meta = op.create_table("meta", _text("store_id"), sa.PrimaryKeyConstraint("store_id", name="pk_meta"))
    op.bulk_insert(meta, [{"store_id": secrets.token_hex(8)}])
    _create_tokens()
    _create_revocations()
    _create_signing_keys()
    _create_audit()
    _create_changes()


def downgrade() -> None:
    """Refuse: there is nothing before the first schema."""
    message = "there is no schema before the first one"
    raise NotImplementedError(message)


def _create_tokens() -> None:
    op.create_table(
        "token_records",
        _row_number("position"),
        *map(_text, ("tenant", "issuer", "token_id", "subject", "client_id", "audiences", "scopes", "key_id")),
        _number("issue_time"),
        _number("expire_time"),
        _number("not_before_time", nullable=True),
        *map(_text, ("label", "claims", "bound_tenant")),
        sa.PrimaryKeyConstraint("position", name="pk_token_records"),
        sqlite_autoincrement=True,
    )
    _index("token_records", "tenant", "token_id", "issuer", unique=True)
    _index("token_records", "tenant", "subject", "position")
    _index("token_records", "tenant", "client_id", "position")
    _index("token_records", "tenant", "position")
    _index("token_records", "expire_time")
    op.create_table(
        "issue_requests",
        *map(_text, ("tenant", "caller", "request_id")),
        sa.Column("request_digest", sa.LargeBinary(), nullable=False),
        *map(_text, ("issuer", "token_id")),
        _number("create_time"),
        sa.PrimaryKeyConstraint("tenant", "caller", "request_id", name="pk_issue_requests"),
    )
    _index("issue_requests", "create_time")


def _create_revocations() -> None:
    op.create_table(
        "revocations",
        *map(_text, ("tenant", "kind", "issuer", "name")),
        _number("cutoff", nullable=True),
        _number("keep_until"),
        _text("reason"),
        _number("revoke_time", comment="microseconds since the epoch"),
        sa.PrimaryKeyConstraint("tenant", "kind", "issuer", "name", name="pk_revocations"),
    )
    _index("revocations", "keep_until")


def _create_signing_keys() -> None:
    op.create_table(
        "signing_keys",
        *map(_text, ("tenant", "key_id", "algorithm", "state")),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        _number("create_time"),
        sa.PrimaryKeyConstraint("tenant", "key_id", name="pk_signing_keys"),
    )
    op.create_index(
        "uq_signing_keys_active",
        "signing_keys",
        ["tenant"],
        unique=True,
        sqlite_where=sa.text("state = 'active'"),
        postgresql_where=sa.text("state = 'active'"),
    )


def _create_audit() -> None:
    op.create_table(
        "audit_records",
        _row_number("position"),
        _number("audit_time", comment="microseconds since the epoch"),
        *map(_text, ("action", "tenant", "actor", "actor_token_id", "target", "call_id", "detail")),
        sa.PrimaryKeyConstraint("position", name="pk_audit_records"),
        sqlite_autoincrement=True,
    )
    _index("audit_records", "tenant", "position")


def _create_changes() -> None:
    op.create_table(
        "changes",
        _row_number("revision"),
        _number("change_time"),
        sa.Column("kind", _TEXT, nullable=False, comment="a revocation's kind, or 'signing_key'"),
        *map(_text, ("tenant", "issuer", "name")),
        _number("cutoff", nullable=True),
        _number("keep_until"),
        _text("reason"),
        sa.PrimaryKeyConstraint("revision", name="pk_changes"),
        sqlite_autoincrement=True,
    )
    _index("changes", "change_time")


def _index(table: str, *columns: str, unique: bool = False) -> None:
    op.create_index("_".join(("ix", table, *columns)), table, list(columns), unique=unique)
