"""What must hold, in the very transaction that writes it, for a token that is made from another one."""

from collections.abc import Iterator

from sqlalchemy import Connection

from authsvc.errors import FamilyEndedError, TokenNotGoodError
from authsvc.keys.sealed_key import VERIFYING
from authsvc.revocation.entry import Revocation, TargetKind
from authsvc.store.keys import find_key
from authsvc.store.life_contract import Parent
from authsvc.store.moment import Moment
from authsvc.store.revocations import find_revocation, newest_cutoff, write_revocation
from authsvc.tokens.lineage import Ancestor


def refuse_dead(connection: Connection, parent: Parent, now: Moment) -> None:
    """A revocation that was committed before this transaction counts, however lately: nothing slips through between.

    Raises:
        TokenNotGoodError: the parent has expired, or it or a token that it came from is revoked.
    """
    family = Revocation(parent.tenant, TargetKind.FAMILY, parent.family_id, parent.token.issuer)
    is_over = parent.expire_time <= now.seconds or find_revocation(connection, family) is not None
    if is_over or any(_is_dead(connection, parent.tenant, one, now) for one in parent.line):
        raise TokenNotGoodError("the token of this call is not valid here")


def _is_dead(connection: Connection, tenant: str, token: Ancestor, now: Moment) -> bool:
    key = find_key(connection, tenant, token.key_id)
    cutoff = newest_cutoff(connection, tenant, token.subject, token.client_id)
    return (
        key is None
        or key.state not in VERIFYING
        or (cutoff is not None and token.issue_time <= cutoff)
        or any(_ends(connection, tenant, token, now))
    )


def _ends(connection: Connection, tenant: str, token: Ancestor, now: Moment) -> Iterator[bool]:
    yield find_revocation(connection, Revocation(tenant, TargetKind.TOKEN, token.token_id, token.issuer)) is not None
    rotation = find_revocation(connection, Revocation(tenant, TargetKind.ROTATION, token.token_id, token.issuer))
    yield rotation is not None and rotation.cutoff <= now.seconds


def end_parent(connection: Connection, parent: Parent, end: int, now: Moment) -> None:
    """Let the parent die at that second.

    Raises:
        FamilyEndedError: it was replaced before.
    """
    token = parent.token
    rotation = Revocation(
        parent.tenant,
        TargetKind.ROTATION,
        token.token_id,
        token.issuer,
        cutoff=end,
        keep_until=parent.expire_time,
        reason="rotated",
    )
    if find_revocation(connection, rotation) is not None:
        raise FamilyEndedError(
            "The token has been rotated before, and a token is rotated once. If that was not you, revoke its family.",
            metadata={"next_step": "if you did not rotate it, revoke its family; else use the token that replaced it"},
        )
    write_revocation(connection, rotation, now)
