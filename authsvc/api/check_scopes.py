"""CheckScopes and BatchCheckScopes: is this token good, and may it do this?"""

from collections.abc import Generator

from authsvc.api.answers import claims_of
from authsvc.api.audience import expected_audience
from authsvc.api.caller import Caller
from authsvc.api.fields import parse, read_requirement
from authsvc.api.hot import HotPath, Setting
from authsvc.api.usage import meet
from authsvc.api.verify import check_batch
from authsvc.api.wire import Field
from authsvc.errors import InvalidFieldError
from authsvc.scopes.requirement import Requirement
from authsvc.tokens.findings import Findings
from authsvc.tokens.refusal import Refusal
from authsvc.tokens.signature_cache import AuthenticToken
from authsvc.v1.reason_pb2 import Reason
from authsvc.v1.scopes_pb2 import ScopeRequirement
from authsvc.v1.token_service_pb2 import (
    BatchCheckScopesRequest,
    BatchCheckScopesResponse,
    CheckScopesItem,
    CheckScopesRequest,
    CheckScopesResponse,
    CheckScopesResult,
)

_OK = Reason.REASON_OK
_INSUFFICIENT = Reason.REASON_INSUFFICIENT_SCOPE
_CLAIMS = Field(CheckScopesResult, "claims")
_REVISION = Field(CheckScopesResponse, "revision")
_RESULTS = Field(BatchCheckScopesResponse, "results")
_BATCH_REVISION = Field(BatchCheckScopesResponse, "revision")


def _requirement(asked: CheckScopesRequest | CheckScopesItem, setting: Setting, prefix: str = "") -> Requirement:
    kind = asked.WhichOneof("question")
    if kind == "requirement":
        return read_requirement(asked.requirement, f"{prefix}requirement")
    if kind == "operation":
        return setting.tenant.requirement_of(asked.operation)
    raise InvalidFieldError.of(f"{prefix}requirement", "is required, or operation in its place")


def _told(
    path: HotPath, method: str, outcome: AuthenticToken | Refusal, requirement: Requirement, setting: Setting
) -> bytes:
    """A serialized CheckScopesResult: a CheckScopesResponse without its revision, the fields have the same numbers."""
    if isinstance(outcome, Refusal):
        path.count(method, outcome.reason)
        return CheckScopesResult(reason=outcome.reason).SerializeToString()
    held = outcome.held(setting.tenant.catalogue)
    allowed = requirement.is_met_by(held)
    reason = _OK if allowed else _INSUFFICIENT
    path.count(method, reason)
    matched = requirement.matched(held)
    if path.notes_usage:
        if not outcome.used_at:
            path.first_use(outcome)
        outcome.used_at = setting.question.now
        if allowed and outcome.last_met is not requirement:
            meet(outcome, requirement, matched)
    result = CheckScopesResult(valid=True, allowed=allowed, reason=reason, matched=matched)
    if not allowed and (missing := requirement.missing(held)) is not None:
        result.missing.CopyFrom(ScopeRequirement(any_of=missing.any_of, all_of=missing.all_of))
    return result.SerializeToString() + _CLAIMS.of(claims_of(outcome))


class CheckScopes:
    """The RPC CheckScopes. Synchronous, and without a query unless something changed."""

    def __init__(self, path: HotPath) -> None:
        self._path = path

    def __call__(self, request: bytes, caller: Caller) -> bytes:
        """The answer to a request, both serialized."""
        message = parse(CheckScopesRequest, request)
        audience = expected_audience(message.audience, caller)
        setting = self._path.setting(caller, message.tenant, audience, message.min_revision)
        requirement = _requirement(message, setting)
        outcome = self._path.decide(message.token, setting)
        result = _told(self._path, "CheckScopes", outcome, requirement, setting)
        return result + _REVISION.of(setting.revision.encode())


class BatchCheckScopes:
    """The RPC BatchCheckScopes: one verdict an item, all at one time and one revision."""

    def __init__(self, path: HotPath) -> None:
        self._path = path

    def __call__(self, request: bytes, caller: Caller) -> Generator[None, None, bytes]:
        """The answer to a request, both serialized. Between its steps other calls may have their turn."""
        message = parse(BatchCheckScopesRequest, request)
        audience = expected_audience(message.audience, caller)
        check_batch("items", len(message.items))
        path, findings = self._path, Findings()
        tokens = [item.token for item in message.items]
        while True:
            setting = path.setting(caller, message.tenant, audience, message.min_revision)
            # Every requirement is read before the first token is decided: a misuse is one error and no half a batch.
            requirements = [
                _requirement(item, setting, f"items[{position}].") for position, item in enumerate(message.items)
            ]
            outcomes = path.decide_all(tokens, setting, findings)
            if outcomes is not None:
                break
            yield
        results = [
            _RESULTS.of(_told(path, "BatchCheckScopes", outcome, requirement, setting))
            for outcome, requirement in zip(outcomes, requirements, strict=True)
        ]
        return b"".join(results) + _BATCH_REVISION.of(setting.revision.encode())
