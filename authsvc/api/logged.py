"""The hot path with a decision log. It takes the place of the plain one at start, which therefore pays nothing for it."""

from collections import deque
from dataclasses import dataclass

from authsvc.api.caller import Caller
from authsvc.api.gate import Gate
from authsvc.api.hot import CountVerdict, HotPath, Setting
from authsvc.api.revision import RevisionCodec
from authsvc.api.usage import Usage
from authsvc.clock import Clock
from authsvc.replica.replica import Replica
from authsvc.telemetry.decisions import DecisionLog
from authsvc.tokens.claims import Claims
from authsvc.tokens.findings import Findings
from authsvc.tokens.refusal import Refusal
from authsvc.tokens.signature_cache import AuthenticToken
from authsvc.tokens.verdict import Decision
from authsvc.v1.reason_pb2 import Reason

_LOGGED = frozenset({"Verify", "CheckScopes", "BatchVerify", "BatchCheckScopes"})
_UNSIGNED = frozenset({Reason.REASON_MALFORMED, Reason.REASON_UNKNOWN_KEY, Reason.REASON_BAD_SIGNATURE})


@dataclass(frozen=True, slots=True)
class LoggedDecisions:
    """Which decisions are logged. Empty strings do not filter."""

    denials_only: bool = False
    tenant: str = ""
    subject: str = ""


class LoggedPath(HotPath):
    """Decides as its base does, and logs what was decided.

    Nothing comes between a setting and the counts of what is decided in it: what was decided first is counted first.
    """

    def __init__(
        self,
        gate: Gate,
        replica: Replica,
        decision: Decision,
        revisions: RevisionCodec,
        clock: Clock,
        count: CountVerdict,
        usage: Usage,
        *,
        log: DecisionLog,
        wanted: LoggedDecisions,
    ) -> None:
        """Add to the parts of the base the log and what is wanted in it."""
        super().__init__(gate, replica, decision, revisions, clock, self._counted, usage)
        self._log = log
        self._wanted = wanted
        self._count = count
        self._caller: Caller | None = None
        self._decided: deque[tuple[Setting, AuthenticToken | Refusal, Refusal | None]] = deque()

    def setting(self, caller: Caller, tenant: str, audience: str, min_revision: str) -> Setting:
        """See HotPath."""
        self._caller = caller
        # What a batch decided in a round that it begins anew is not counted.
        self._decided.clear()
        return super().setting(caller, tenant, audience, min_revision)

    def decide(self, token: str, setting: Setting, findings: Findings | None = None) -> AuthenticToken | Refusal:
        """See HotPath."""
        outcome = super().decide(token, setting, findings)
        if isinstance(outcome, Refusal):
            # The ids of a token that is refused for its time or its revocation are known all the same, and what nobody
            # signed has none.
            is_signed = outcome.reason not in _UNSIGNED
            known = self.decision.authenticate(token, setting.tenant, setting.keys, findings) if is_signed else outcome
            self._decided.append((setting, known, outcome))
        else:
            self._decided.append((setting, outcome, None))
        return outcome

    def _counted(self, method: str, reason: Reason) -> None:
        self._count(method, reason)
        if not self._decided or self._caller is None or method not in _LOGGED:
            return
        setting, token, refusal = self._decided.popleft()
        if self._is_wanted(setting, token, reason) and self._log.is_sampled():
            self._log.add(_told(method, reason, self._caller, setting, token, refusal))

    def _is_wanted(self, setting: Setting, token: AuthenticToken | Refusal, reason: Reason) -> bool:
        wanted = self._wanted
        if wanted.denials_only and reason == Reason.REASON_OK:
            return False
        if wanted.tenant and wanted.tenant != setting.tenant.name:
            return False
        if not wanted.subject:
            return True
        claims = _claims_of(token)
        return claims is not None and claims.subject == wanted.subject


def _claims_of(token: AuthenticToken | Refusal) -> Claims | None:
    if isinstance(token, Refusal) or isinstance(token.claims, Refusal):
        return None
    return token.claims


def _told(
    method: str,
    reason: Reason,
    caller: Caller,
    setting: Setting,
    token: AuthenticToken | Refusal,
    refusal: Refusal | None,
) -> dict[str, object]:
    claims = _claims_of(token)
    told: dict[str, object] = {
        "time": setting.question.now,
        "method": method,
        "tenant": setting.tenant.name,
        "audience": setting.question.audience,
        "caller": caller.client_id,
        "caller_token_id": caller.token_id,
        "allowed": reason == Reason.REASON_OK,
        "reason": Reason.Name(reason).removeprefix("REASON_"),
        "check": "" if refusal is None else refusal.check,
    }
    if claims is not None:
        told |= {
            "issuer": claims.issuer,
            "token_id": claims.token_id,
            "subject": claims.subject,
            "client_id": claims.client_id,
        }
    if isinstance(token, AuthenticToken):
        told["key_id"] = token.key.key_id
    return told
