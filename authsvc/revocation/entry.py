"""One revocation, as it is written down and as it is followed."""

from dataclasses import dataclass
from enum import StrEnum


class TargetKind(StrEnum):
    """What a revocation hits. The values are stored: they keep their meaning."""

    TOKEN = "token"  # noqa: S105 (a kind, not a secret)
    SUBJECT = "subject"
    CLIENT = "client"
    TENANT = "tenant"
    KEY = "key"
    BOUND_TENANT = "bound_tenant"
    """In the service's own tenant: the keys that are bound to the tenant of that name."""
    BOUND_CLIENT = "bound_client"
    """Likewise those of one client, named by `bound_client_name`."""
    FAMILY = "family"
    """A token that was issued, and all that came from it by rotation and exchange."""
    ROTATION = "rotation"
    """A token that was rotated: it dies at a time of its own."""


CUTOFF_KINDS = frozenset(
    {
        TargetKind.SUBJECT,
        TargetKind.CLIENT,
        TargetKind.TENANT,
        TargetKind.BOUND_TENANT,
        TargetKind.BOUND_CLIENT,
    }
)


def bound_client_name(tenant: str, client_id: str) -> str:
    """How a client of a tenant is named in the service's own tenant. No tenant's name has a slash, so none is ambiguous."""
    return f"{tenant}/{client_id}"


ISSUER_KINDS = frozenset({TargetKind.TOKEN, TargetKind.FAMILY, TargetKind.ROTATION})


@dataclass(frozen=True, slots=True)
class Revocation:
    """A revocation. Ids are compared byte for byte.

    A cut-off refuses every token whose `iat` is that second or an earlier one.
    """

    tenant: str
    kind: TargetKind
    name: str
    """The jti, subject, client id, key id, bound tenant or family id; empty for a whole tenant."""
    issuer: str = ""
    """The iss claim, for the kinds of ISSUER_KINDS; otherwise empty."""
    cutoff: int | None = None
    """For a cut-off: seconds since the epoch. None asks the store for the second of the commit.

    For TargetKind.ROTATION: the second from which on the token is refused.
    """
    keep_until: int = 0
    """Seconds since the epoch after which nothing that it hits can be alive."""
    reason: str = ""
