"""Answers of the service, as the tests need them."""

from google.protobuf.struct_pb2 import Struct
from google.protobuf.timestamp_pb2 import Timestamp

from authsvc.v1.claims_pb2 import Origin, TokenClaims
from authsvc.v1.reason_pb2 import Reason
from authsvc.v1.scopes_pb2 import ScopeRequirement
from authsvc.v1.token_record_pb2 import TokenRecord, TokenState
from authsvc.v1.token_service_pb2 import (
    CheckScopesResponse,
    InspectResponse,
    IssueResponse,
    RevokeResponse,
    StepOutcome,
    VerdictStep,
    VerifyResponse,
)
from tests.unit.cli.conftest import TOKEN

ISSUE_TIME = 1416929109
SCOPES = ["public_repo", "repo"]


def claims(scopes: list[str] = SCOPES, subject: str = "alice") -> TokenClaims:
    extra = Struct()
    extra.update({"plan": "gold", "seats": 5})
    return TokenClaims(
        tenant="demo",
        issuer="http://127.0.0.1:8080/t/demo",
        subject=subject,
        client_id="app",
        audiences=["api"],
        token_id="aa7f8d0a95c",
        key_id="k1",
        scopes=scopes,
        issue_time=Timestamp(seconds=ISSUE_TIME),
        expire_time=Timestamp(seconds=ISSUE_TIME + 3600),
        origin=Origin.ORIGIN_ISSUED,
        extra=extra,
    )


def issued(lifetime: int = 3600, token: str = TOKEN) -> IssueResponse:
    return IssueResponse(
        token=token,
        token_id="aa7f8d0a95c",
        key_id="k1",
        issue_time=Timestamp(seconds=ISSUE_TIME),
        expire_time=Timestamp(seconds=ISSUE_TIME + lifetime),
        scopes=SCOPES,
        revision="r7",
    )


def good(scopes: list[str] = SCOPES, subject: str = "alice") -> VerifyResponse:
    return VerifyResponse(valid=True, reason=Reason.REASON_OK, claims=claims(scopes, subject), revision="r8")


def bad(reason: Reason = Reason.REASON_EXPIRED) -> VerifyResponse:
    return VerifyResponse(valid=False, reason=reason, revision="r8")


def allowed() -> CheckScopesResponse:
    return CheckScopesResponse(
        valid=True, allowed=True, reason=Reason.REASON_OK, matched=["repo"], claims=claims(), revision="r9"
    )


def insufficient() -> CheckScopesResponse:
    return CheckScopesResponse(
        valid=True,
        allowed=False,
        reason=Reason.REASON_INSUFFICIENT_SCOPE,
        missing=ScopeRequirement(any_of=["gist"], all_of=["delete:users"]),
        claims=claims(),
        revision="r9",
    )


def not_checked() -> CheckScopesResponse:
    return CheckScopesResponse(reason=Reason.REASON_REVOKED, revision="r9")


def receipt() -> RevokeResponse:
    return RevokeResponse(revision="r10", revoke_time=Timestamp(seconds=ISSUE_TIME + 60))


def opened() -> InspectResponse:
    answer = InspectResponse(valid=False, reason=Reason.REASON_EXPIRED, revision="r11")
    answer.unverified_header.update({"alg": "ES256", "kid": "k1", "typ": "at+jwt"})
    answer.unverified_payload.update({"sub": "alice", "iat": ISSUE_TIME, "scope": "public_repo repo"})
    for reason in range(Reason.REASON_MALFORMED, Reason.REASON_EXPIRED):
        answer.steps.append(VerdictStep(reason=Reason.Name(reason), outcome=StepOutcome.STEP_OUTCOME_PASSED))
    answer.steps.append(
        VerdictStep(
            reason=Reason.REASON_EXPIRED,
            outcome=StepOutcome.STEP_OUTCOME_FAILED,
            check="claims.exp",
            detail="exp must lie in the future",
        )
    )
    answer.steps.append(VerdictStep(reason=Reason.REASON_REVOKED, outcome=StepOutcome.STEP_OUTCOME_SKIPPED))
    return answer


def record(token_id: str = "aa7f8d0a95c", state: TokenState = TokenState.TOKEN_STATE_LIVE) -> TokenRecord:
    return TokenRecord(
        tenant="demo",
        token_id=token_id,
        issuer="http://127.0.0.1:8080/t/demo",
        subject="alice",
        client_id="app",
        audiences=["api"],
        scopes=SCOPES,
        label="laptop",
        key_id="k1",
        issue_time=Timestamp(seconds=ISSUE_TIME),
        expire_time=Timestamp(seconds=ISSUE_TIME + 3600),
        state=state,
    )
