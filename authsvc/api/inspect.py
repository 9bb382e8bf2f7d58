"""Inspect: a token, opened for people, with each step of the verdict."""

from authsvc.api.answers import claims_of, to_struct
from authsvc.api.audience import expected_audience
from authsvc.api.caller import Caller
from authsvc.api.fields import parse
from authsvc.api.hot import HotPath
from authsvc.tokens.refusal import Refusal
from authsvc.v1.reason_pb2 import Reason
from authsvc.v1.token_service_pb2 import InspectRequest, InspectResponse, StepOutcome, VerdictStep

_STEPS = (
    Reason.REASON_MALFORMED,
    Reason.REASON_UNKNOWN_KEY,
    Reason.REASON_BAD_SIGNATURE,
    Reason.REASON_INVALID_CLAIMS,
    Reason.REASON_WRONG_ISSUER,
    Reason.REASON_WRONG_AUDIENCE,
    Reason.REASON_NOT_YET_VALID,
    Reason.REASON_EXPIRED,
    Reason.REASON_REVOKED,
)


class Inspect:
    """The RPC Inspect. Its verdict is that of Verify, by the same decision."""

    def __init__(self, path: HotPath) -> None:
        self._path = path

    def __call__(self, request: bytes, caller: Caller) -> bytes:
        """The answer to a request, both serialized."""
        message = parse(InspectRequest, request)
        audience = expected_audience(message.audience, caller)
        setting = self._path.setting(caller, message.tenant, audience, message.min_revision)
        outcome = self._path.decide(message.token, setting)
        failed = outcome if isinstance(outcome, Refusal) else None
        answer = InspectResponse(
            valid=failed is None,
            reason=failed.reason if failed else Reason.REASON_OK,
            steps=[_step(reason, failed) for reason in _STEPS],
            revision=setting.revision,
        )
        header, payload = self._path.decision.decoder.peek(message.token)
        if header is not None:
            answer.unverified_header.CopyFrom(to_struct(header))
        if payload is not None:
            answer.unverified_payload.CopyFrom(to_struct(payload))
        if not isinstance(outcome, Refusal):
            answer.claims.ParseFromString(claims_of(outcome))
        self._path.count("Inspect", answer.reason)
        return answer.SerializeToString()


def _step(reason: Reason, failed: Refusal | None) -> VerdictStep:
    # The reasons are numbered in the order of the decision, so what comes before the failure was passed.
    if failed is None or reason < failed.reason:
        return VerdictStep(reason=reason, outcome=StepOutcome.STEP_OUTCOME_PASSED)
    if reason > failed.reason:
        return VerdictStep(reason=reason, outcome=StepOutcome.STEP_OUTCOME_SKIPPED)
    return VerdictStep(reason=reason, outcome=StepOutcome.STEP_OUTCOME_FAILED, check=failed.check, detail=failed.rule)
