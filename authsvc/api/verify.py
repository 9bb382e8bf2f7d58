"""Verify and BatchVerify: is this token good, here and now, for this audience?"""

from authsvc.api.answers import claims_of
from authsvc.api.caller import Caller
from authsvc.api.fields import check_audience, parse
from authsvc.api.hot import HotPath, Setting
from authsvc.errors import InvalidFieldError
from authsvc.tokens.refusal import Refusal
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


def check_batch(field: str, size: int) -> None:
    """A batch holds 1 to 100 items.

    Raises:
        InvalidFieldError: it does not.
    """
    if not 1 <= size <= MAX_BATCH:
        raise InvalidFieldError.of(field, f"must hold 1 to {MAX_BATCH} entries, has {size}")


class Verify:
    """The RPC Verify. Synchronous, and without a query unless something changed."""

    def __init__(self, path: HotPath) -> None:
        self._path = path

    def __call__(self, request: bytes, caller: Caller) -> bytes:
        """The answer to a request, both serialized."""
        message = parse(VerifyRequest, request)
        check_audience(message.audience)
        setting = self._path.setting(caller, message.tenant, message.audience, message.min_revision)
        outcome = self._path.decide(message.token, setting)
        if isinstance(outcome, Refusal):
            answer = VerifyResponse(reason=outcome.reason, revision=setting.revision)
            self._path.count("Verify", outcome.reason)
        else:
            answer = VerifyResponse(valid=True, reason=_OK, claims=claims_of(outcome), revision=setting.revision)
            self._path.count("Verify", _OK)
        return answer.SerializeToString()


class BatchVerify:
    """The RPC BatchVerify: one verdict a token, all at one time and one revision."""

    def __init__(self, path: HotPath) -> None:
        self._path = path

    def __call__(self, request: bytes, caller: Caller) -> bytes:
        """The answer to a request, both serialized."""
        message = parse(BatchVerifyRequest, request)
        check_audience(message.audience)
        check_batch("tokens", len(message.tokens))
        setting = self._path.setting(caller, message.tenant, message.audience, message.min_revision)
        answer = BatchVerifyResponse(revision=setting.revision)
        answer.results.extend([self._result(token, setting) for token in message.tokens])
        return answer.SerializeToString()

    def _result(self, token: str, setting: Setting) -> VerifyResult:
        outcome = self._path.decide(token, setting)
        if isinstance(outcome, Refusal):
            self._path.count("BatchVerify", outcome.reason)
            return VerifyResult(reason=outcome.reason)
        self._path.count("BatchVerify", _OK)
        return VerifyResult(valid=True, reason=_OK, claims=claims_of(outcome))
