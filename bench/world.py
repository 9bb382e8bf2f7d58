"""A data directory with one tenant, and tokens of it: what the service under measurement starts on."""

import asyncio
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from authsvc.api.caller import ADMIN_SCOPE
from authsvc.app.admin_key import ensure_keys
from authsvc.app.files import policies_of, read_sealing_key, read_tenant_text, write_private
from authsvc.config import Settings, load_settings
from authsvc.keys.key_material import SigningKey
from authsvc.keys.sealing import generate_sealing_key
from authsvc.policy.tenant import TenantPolicy
from authsvc.store.opening import open_store
from authsvc.tokens.claims import ALL_TENANTS, SERVICE_TENANT
from authsvc.tokens.issuing import sign_record
from authsvc.tokens.record import TokenRecord

TENANT = "bench"
AUDIENCE = "https://api.bench.example"
SCOPES = ("create:users", "public_repo", "read:users", "repo")
_CALLER_SCOPES = ("check:tokens", "issue:tokens", "revoke:tokens", "verify:tokens")
_DOCUMENT = f"name: {TENANT}\nalgorithm: SIGNING_ALGORITHM_ES256\naudiences: ['{AUDIENCE}']\n"
_CLIENT = "storefront"
_TTL = 24 * 3600
RICH_OPERATIONS = 10_000
RICH_CLIENTS = 100
RICH_TENANTS = 1_000


@dataclass(frozen=True, slots=True)
class Token:
    """A signed token and its jti."""

    text: str
    token_id: str


@dataclass(frozen=True, slots=True)
class World:
    """What a server starts on, and what signs its tokens."""

    root: Path
    tenant: TenantPolicy
    key: SigningKey
    caller_key: str
    admin_key: str

    @property
    def data_dir(self) -> Path:
        """The data directory."""
        return self.root / "data"

    @property
    def environment(self) -> dict[str, str]:
        """The settings of a production server, but for TLS."""
        return _environment(self.root)

    def tokens(self, count: int) -> list[Token]:
        """Fresh ES256 tokens as Issue signs them, each another."""
        return [_sign(self.tenant, self.key, f"user-{number:06}") for number in range(count)]


def make_world(root: Path, document: str = _DOCUMENT) -> World:
    """Make the data directory, the keys of its tenants and a caller's key, with no server on it yet."""
    write_private(root / "sealing.key", generate_sealing_key() + "\n")
    (root / "tenants.yaml").write_text(document, encoding="utf-8")
    overrides = {name.removeprefix("AUTHSVC_").lower(): value for name, value in _environment(root).items()}
    settings = load_settings(**overrides, data_dir=root / "data")
    return asyncio.run(_prepare(root, settings))


async def _prepare(root: Path, settings: Settings) -> World:
    sealing_key = read_sealing_key(settings)
    tenants = policies_of(read_tenant_text(settings), settings)
    store = open_store(settings.data_dir, offline=True)
    try:
        await ensure_keys(store, sealing_key, tenants)
        ring = sealing_key.open_ring(store.reader.snapshot().keys)
    finally:
        store.close()
    service = tenants.find(SERVICE_TENANT)
    caller_key = _sign(service, ring.signing_key(SERVICE_TENANT), "gateway", scopes=_CALLER_SCOPES, bound_tenant=TENANT)
    admin_key = _sign(
        service, ring.signing_key(SERVICE_TENANT), "admin", scopes=(ADMIN_SCOPE,), bound_tenant=ALL_TENANTS
    )
    return World(root, tenants.find(TENANT), ring.signing_key(TENANT), caller_key.text, admin_key.text)


def operation_name(number: int) -> str:
    """The name of an operation of the rich document."""
    return f"GET /resources-{number:05}"


def rich_documents() -> str:
    """The same tenant with as many operations and clients as large users have, and as many other tenants."""
    operations = [
        f"  - {{name: '{operation_name(number)}', requirement: {{any_of: [repo, public_repo]}}}}"
        for number in range(RICH_OPERATIONS)
    ]
    clients = [
        f"  - {{id: '{_CLIENT if number == 0 else f'client-{number:03}'}', permissions: {list(_CALLER_SCOPES)}, "
        f"issue: {{scopes: {list(SCOPES)}}}, audiences: ['{AUDIENCE}']}}"
        for number in range(RICH_CLIENTS)
    ]
    scopes = [f"  - name: '{name}'" for name in SCOPES]
    own = "\n".join([_DOCUMENT + "scopes:", *scopes, "clients:", *clients, "operations:", *operations])
    return "\n---\n".join([own, *(f"name: other-{number:04}" for number in range(1, RICH_TENANTS))])


def _environment(root: Path) -> dict[str, str]:
    return {
        "AUTHSVC_TLS": "off",
        "AUTHSVC_ISSUER_URL": "https://tokens.bench.example",
        "AUTHSVC_SEALING_KEY_FILE": str(root / "sealing.key"),
        "AUTHSVC_TENANTS_FILE": str(root / "tenants.yaml"),
        "AUTHSVC_LAME_DUCK": "PT0S",
    }


def _sign(
    tenant: TenantPolicy, key: SigningKey, subject: str, scopes: tuple[str, ...] = SCOPES, bound_tenant: str = ""
) -> Token:
    now = int(time.time())
    record = TokenRecord(
        tenant=tenant.name,
        issuer=tenant.issuer,
        token_id=secrets.token_hex(16),
        subject=subject,
        client_id=_CLIENT,
        audiences=(SERVICE_TENANT if tenant.is_service else AUDIENCE,),
        scopes=scopes,
        key_id=key.key_id,
        issue_time=now,
        expire_time=now + _TTL,
        bound_tenant=bound_tenant,
    )
    return Token(sign_record(record, tenant, key), record.token_id)
