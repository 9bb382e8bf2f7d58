"""A cut-off refuses the tokens of its own second and of all before it, and lets the next second's through."""

import pytest

from authsvc.keys.key_material import SigningKey
from authsvc.keys.sealed_key import Algorithm
from authsvc.policy.tenant import TenantPolicy
from authsvc.revocation.entry import Revocation, TargetKind
from authsvc.revocation.index import RevocationIndex, token_digest
from authsvc.tokens.claims import Claims
from authsvc.tokens.signature_cache import AuthenticToken
from authsvc.tokens.verdict import STEPS, Question

CUTOFF = 1_700_000_000
SECRET = bytes(32)
TENANT = TenantPolicy("demo", "https://issuer.example/t/demo")
CUTOFF_STEP = next(step for step in STEPS if step.check == "revoked.cutoff")

TARGETS = {
    "subject": Revocation("demo", TargetKind.SUBJECT, "ann", cutoff=CUTOFF),
    "client": Revocation("demo", TargetKind.CLIENT, "app", cutoff=CUTOFF),
    "tenant": Revocation("demo", TargetKind.TENANT, "", cutoff=CUTOFF),
}
BESIDE = {
    "another subject": Revocation("demo", TargetKind.SUBJECT, "Ann", cutoff=CUTOFF),
    "another client": Revocation("demo", TargetKind.CLIENT, "app2", cutoff=CUTOFF),
    "a client of the subject's name": Revocation("demo", TargetKind.CLIENT, "ann", cutoff=CUTOFF),
    "a subject of the client's name": Revocation("demo", TargetKind.SUBJECT, "app", cutoff=CUTOFF),
    "the same subject of another tenant": Revocation("other", TargetKind.SUBJECT, "ann", cutoff=CUTOFF),
    "another tenant": Revocation("other", TargetKind.TENANT, "", cutoff=CUTOFF),
    "a key": Revocation("demo", TargetKind.KEY, "ann", cutoff=CUTOFF),
}


def passes(issue_time: int, *revocations: Revocation) -> bool:
    claims = Claims(
        issuer=TENANT.issuer,
        subject="ann",
        client_id="app",
        audiences=("api",),
        token_id="jti",
        issue_time=issue_time,
        expire_time=issue_time + 3600,
        not_before_time=None,
        scopes=(),
        bound_tenant="",
        extra={},
    )
    key = SigningKey("demo", "kid", Algorithm.HS256, SECRET, SECRET)
    token = AuthenticToken(key, claims, token_digest("demo", TENANT.issuer, "jti"), frozenset())
    return CUTOFF_STEP.passes(claims, token, Question(TENANT, "api", CUTOFF + 10, RevocationIndex(revocations)))


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
@pytest.mark.parametrize(("offset", "expected"), [(-3600, False), (-1, False), (0, False), (1, True), (3600, True)])
def test_the_very_second_is_refused(target: Revocation, offset: int, expected: bool) -> None:
    assert passes(CUTOFF + offset, target) is expected
    assert passes(CUTOFF + offset)


@pytest.mark.parametrize("target", BESIDE.values(), ids=BESIDE)
def test_a_cutoff_beside_it_hits_nothing(target: Revocation) -> None:
    assert passes(CUTOFF, target)


def test_the_latest_of_several_decides() -> None:
    others = [Revocation("demo", TargetKind.TENANT, "", cutoff=CUTOFF - 100), TARGETS["client"]]
    assert not passes(CUTOFF, *others)
    assert passes(CUTOFF + 1, *others)
