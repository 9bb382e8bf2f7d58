"""The tables, as every backend has them.

Text is compared byte for byte: SQLite's BINARY collation does so by itself, PostgreSQL is told to with "C".
"""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text, text
from sqlalchemy.dialects import postgresql

_TEXT = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
# SQLite numbers rows by itself only in a column whose type is spelled INTEGER; it holds 64 bits all the same.
_ROW_NUMBER = BigInteger().with_variant(Integer(), "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

meta = Table(
    "meta",
    metadata,
    Column("store_id", _TEXT, primary_key=True),
)

token_records = Table(
    "token_records",
    metadata,
    Column("position", _ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("tenant", _TEXT, nullable=False),
    Column("issuer", _TEXT, nullable=False),
    Column("token_id", _TEXT, nullable=False),
    Column("subject", _TEXT, nullable=False),
    Column("client_id", _TEXT, nullable=False),
    Column("audiences", _TEXT, nullable=False),
    Column("scopes", _TEXT, nullable=False),
    Column("key_id", _TEXT, nullable=False),
    Column("issue_time", BigInteger, nullable=False),
    Column("expire_time", BigInteger, nullable=False),
    Column("not_before_time", BigInteger, nullable=True),
    Column("label", _TEXT, nullable=False),
    Column("claims", _TEXT, nullable=False),
    Column("bound_tenant", _TEXT, nullable=False),
    Column("ancestors", _TEXT, nullable=False, server_default="[]"),
    Column("first_issue_time", BigInteger, nullable=False, server_default="0", comment="of the oldest ancestor"),
    Column("ancestor_1", _TEXT, nullable=False, server_default=""),
    Column("ancestor_1_key", _TEXT, nullable=False, server_default=""),
    Column("ancestor_2", _TEXT, nullable=False, server_default=""),
    Column("ancestor_2_key", _TEXT, nullable=False, server_default=""),
    Column("ancestor_3", _TEXT, nullable=False, server_default=""),
    Column("ancestor_3_key", _TEXT, nullable=False, server_default=""),
    Column("family_id", _TEXT, nullable=False, server_default="", comment="of an issued token its own id"),
    Column("family_end", BigInteger, nullable=True),
    Column("rotated_from", _TEXT, nullable=False, server_default=""),
    Column("last_used_time", BigInteger, nullable=True),
    Index(None, "tenant", "token_id", "issuer", unique=True),
    Index(None, "tenant", "subject", "position"),
    Index(None, "tenant", "client_id", "position"),
    Index(None, "tenant", "client_id", "expire_time"),
    Index(None, "tenant", "position"),
    Index(None, "expire_time"),
    sqlite_autoincrement=True,
)

issue_requests = Table(
    "issue_requests",
    metadata,
    Column("tenant", _TEXT, primary_key=True),
    Column("caller", _TEXT, primary_key=True),
    Column("request_id", _TEXT, primary_key=True),
    Column("request_digest", LargeBinary, nullable=False),
    Column("issuer", _TEXT, nullable=False),
    Column("token_id", _TEXT, nullable=False),
    Column("create_time", BigInteger, nullable=False),
    Index(None, "create_time"),
)

token_usage = Table(
    "token_usage",
    metadata,
    Column("tenant", _TEXT, primary_key=True),
    Column("issuer", _TEXT, primary_key=True),
    Column("token_id", _TEXT, primary_key=True),
    Column("scope", _TEXT, primary_key=True, comment="a scope that met a check"),
    Column("last_used_time", BigInteger, nullable=False),
    Column("expire_time", BigInteger, nullable=False, comment="of the token"),
    Index(None, "expire_time"),
)

revocations = Table(
    "revocations",
    metadata,
    Column("tenant", _TEXT, primary_key=True),
    Column("kind", _TEXT, primary_key=True),
    Column("issuer", _TEXT, primary_key=True),
    Column("name", _TEXT, primary_key=True),
    Column("cutoff", BigInteger, nullable=True, comment="of a rotation the second from which the token is refused"),
    Column("keep_until", BigInteger, nullable=False),
    Column("reason", _TEXT, nullable=False),
    Column("revoke_time", BigInteger, nullable=False, comment="microseconds since the epoch"),
    Index(None, "keep_until"),
)

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("tenant", _TEXT, primary_key=True),
    Column("key_id", _TEXT, primary_key=True),
    Column("algorithm", _TEXT, nullable=False),
    Column("state", _TEXT, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("create_time", BigInteger, nullable=False),
    Column("purpose", _TEXT, nullable=False, server_default="signing"),
    Column("issuer", _TEXT, nullable=False, server_default=""),
    Column("sealed_by", _TEXT, nullable=False, server_default="", comment="the name of a sealing key"),
    Column("state_time", BigInteger, nullable=False, server_default="0", comment="microseconds since the epoch"),
    Column("activate_time", BigInteger, nullable=True, comment="microseconds since the epoch"),
    Column("retire_time", BigInteger, nullable=True, comment="microseconds since the epoch"),
    Index(None, "tenant", "create_time", "key_id"),
    Index(None, "activate_time"),
    Index(None, "retire_time"),
)
Index(
    "uq_signing_keys_active",
    signing_keys.c.tenant,
    unique=True,
    sqlite_where=text("state = 'active'"),
    postgresql_where=text("state = 'active'"),
)

tenants = Table(
    "tenants",
    metadata,
    Column("name", _TEXT, primary_key=True),
    Column("uid", _TEXT, nullable=False),
    Column("issuer", _TEXT, nullable=False, comment="the iss claim of its tokens, the default written out"),
    Column("document", LargeBinary, nullable=False, comment="a serialized Tenant without its outputs"),
    Column("etag", _TEXT, nullable=False),
    Column("create_time", BigInteger, nullable=False, comment="microseconds since the epoch"),
    Column("update_time", BigInteger, nullable=False, comment="microseconds since the epoch"),
    Index(None, "issuer", unique=True),
)

tenant_spiffe_ids = Table(
    "tenant_spiffe_ids",
    metadata,
    Column("spiffe_id", _TEXT, primary_key=True, comment="identifies a client of one tenant, of no other"),
    Column("tenant", _TEXT, nullable=False),
    Index(None, "tenant"),
)

audit_records = Table(
    "audit_records",
    metadata,
    Column("position", _ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("audit_time", BigInteger, nullable=False, comment="microseconds since the epoch"),
    Column("action", _TEXT, nullable=False),
    Column("tenant", _TEXT, nullable=False),
    Column("actor", _TEXT, nullable=False),
    Column("actor_token_id", _TEXT, nullable=False),
    Column("target", _TEXT, nullable=False),
    Column("call_id", _TEXT, nullable=False),
    Column("detail", _TEXT, nullable=False),
    Index(None, "tenant", "position"),
    Index(None, "tenant", "actor", "position"),
    Index(None, "tenant", "target", "position"),
    sqlite_autoincrement=True,
)

audit_seals = Table(
    "audit_seals",
    metadata,
    Column("position", _ROW_NUMBER, primary_key=True, autoincrement=False),
    Column("seal", LargeBinary, nullable=False),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("position", _ROW_NUMBER, primary_key=True, autoincrement=False),
    Column("seal", LargeBinary, nullable=False),
    Column("head_time", BigInteger, nullable=False, comment="microseconds since the epoch"),
    Column("key_id", _TEXT, nullable=False),
    Column("signature", LargeBinary, nullable=False),
)

changes = Table(
    "changes",
    metadata,
    Column("revision", _ROW_NUMBER, primary_key=True, autoincrement=True),
    Column("change_time", BigInteger, nullable=False),
    Column("kind", _TEXT, nullable=False, comment="a revocation's kind, 'signing_key' or 'tenant_document'"),
    Column("tenant", _TEXT, nullable=False),
    Column("issuer", _TEXT, nullable=False),
    Column("name", _TEXT, nullable=False),
    Column("cutoff", BigInteger, nullable=True),
    Column("keep_until", BigInteger, nullable=False),
    Column("reason", _TEXT, nullable=False),
    Index(None, "change_time"),
    sqlite_autoincrement=True,
)
