"""Verify and BatchVerify: is this token good, here and now, for this audience?"""

from collections.abc import Generator

from authsvc.api.answers import claims_of
from authsvc.api.audience import expected_audience
from authsvc.api.caller import Caller
from authsvc.api.fields import parse
from authsvc.api.hot import HotPath, Setting
from authsvc.api.wire import Field
from authsvc.errors import InvalidFieldError
from authsvc.tokens.findings import Findings
from authsvc.tokens.refusal import Refusal
from authsvc.tokens.signature_cache import AuthenticToken
from authsvc.v1.reason_pb2 import Reason
from authsvc.v1.token_service_pb2 import (
    BatchVerifyRequest,
    BatchVerifyResponse,
    VerifyRequest,
    VerifyResponse,
    VerifyResult,
)

MAX_BATCH = 100
_OK = Reason.REASON_OK
_GOOD = VerifyResult(valid=True, reason=_OK).SerializeToString()
_CLAIMS = Field(VerifyResult, "claims")
_REVISION = Field(VerifyResponse, "revision")
_RESULTS = Field(BatchVerifyResponse, "results")
_BATCH_REVISION = Field(BatchVerifyResponse, "revision")


def check_batch(field: str, size: int) -> None:
    """A batch holds 1 to 100 items.

    Raises:
        InvalidFieldError: it does not.
    """
    if not 1 <= size <= MAX_BATCH:
        raise InvalidFieldError.of(field, f"must hold 1 to {MAX_BATCH} entries, has {size}")


def _told(path: HotPath, method: str, outcome: AuthenticToken | Refusal, setting: Setting) -> bytes:
    """A serialized VerifyResult, which is a VerifyResponse without its revision: the fields have the same numbers."""
    if isinstance(outcome, Refusal):
        path.count(method, outcome.reason)
        return VerifyResult(reason=outcome.reason).SerializeToString()
    path.count(method, _OK)
    if path.notes_usage:
        if not outcome.used_at:
            path.first_use(outcome)
        outcome.used_at = setting.question.now
    return _GOOD + _CLAIMS.of(claims_of(outcome))


class Verify:
    """The RPC Verify. Synchronous, and without a query unless something changed."""

    def __init__(self, path: HotPath) -> None:
        self._path = path

    def __call__(self, request: bytes, caller: Caller) -> bytes:
        """The answer to a request, both serialized."""
        message = parse(VerifyRequest, request)
        audience = expected_audience(message.audience, caller)
        setting = self._path.setting(caller, message.tenant, audience, message.min_revision)
        outcome = self._path.decide(message.token, setting)
        return _told(self._path, "Verify", outcome, setting) + _REVISION.of(setting.revision.encode())


class BatchVerify:
    """The RPC BatchVerify: one verdict a token, all at one time and one revision."""

    def __init__(self, path: HotPath) -> None:
        self._path = path

    def __call__(self, request: bytes, caller: Caller) -> Generator[None, None, bytes]:
        """The answer to a request, both serialized. Between its steps other calls may have their turn."""
        message = parse(BatchVerifyRequest, request)
        audience = expected_audience(message.audience, caller)
        check_batch("tokens", len(message.tokens))
        path, findings = self._path, Findings()
        while True:
            setting = path.setting(caller, message.tenant, audience, message.min_revision)
            outcomes = path.decide_all(message.tokens, setting, findings)
            if outcomes is not None:
                break
            yield
        parts = [_RESULTS.of(_told(path, "BatchVerify", outcome, setting)) for outcome in outcomes]
        return b"".join(parts) + _BATCH_REVISION.of(setting.revision.encode())
