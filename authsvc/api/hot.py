"""What the hot RPCs share: Verify, CheckScopes and their batches."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from authsvc.api.caller import Caller
from authsvc.api.gate import Gate
from authsvc.api.revision import RevisionCodec
from authsvc.api.usage import Usage
from authsvc.clock import Clock
from authsvc.keys.ring import KeyRing
from authsvc.policy.tenant import TenantPolicy
from authsvc.replica.replica import Replica
from authsvc.tokens.findings import Findings
from authsvc.tokens.refusal import Refusal
from authsvc.tokens.signature_cache import AuthenticToken
from authsvc.tokens.verdict import Decision, Question
from authsvc.v1.reason_pb2 import Reason

CountVerdict = Callable[[str, Reason], None]

_STEP_SECONDS = 0.004
"""How long a batch goes on before it lets other calls have their turn."""


@dataclass(slots=True)
class Setting:
    """What all tokens of one call are held against: one time, one revision, one audience."""

    question: Question
    keys: KeyRing
    revision: str

    @property
    def tenant(self) -> TenantPolicy:
        """The tenant that the call is about."""
        return self.question.tenant


class HotPath:
    """The parts that the hot RPCs decide with."""

    def __init__(
        self,
        gate: Gate,
        replica: Replica,
        decision: Decision,
        revisions: RevisionCodec,
        clock: Clock,
        count: CountVerdict,
        usage: Usage,
    ) -> None:
        self._gate = gate
        self._replica = replica
        self.decision = decision
        self._revisions = revisions
        self._clock = clock
        self.count = count
        self.notes_usage = usage.is_noted
        self.first_use = usage.first_use

    def setting(self, caller: Caller, tenant: str, audience: str, min_revision: str) -> Setting:
        """What the call's tokens are held against.

        Raises:
            InvalidFieldError: min_revision is not one of this service, or the tenant is not named.
            RevisionNotReachedError: the store has not got so far.
            TenantNotFoundError, TenantNotAllowedError: see Gate.tenant_of.
        """
        policy = self._gate.tenant_of(caller, tenant)
        replica = self._replica
        if min_revision:
            replica.reach(self._revisions.read(min_revision))
        question = Question(policy, audience, self._clock(), replica.revocations)
        return Setting(question, replica.keys, self._revisions.write(replica.revision))

    def decide(self, token: str, setting: Setting, findings: Findings | None = None) -> AuthenticToken | Refusal:
        """The verdict on one token."""
        return self.decision.decide(token, setting.question, setting.keys, findings)

    def decide_all(
        self, tokens: Iterable[str], setting: Setting, findings: Findings
    ) -> list[AuthenticToken | Refusal] | None:
        """The verdicts on some tokens, or None when that takes longer than one call may hold up the others.

        Then it has to be asked again, later, with a setting of that time: what is in the findings takes little time, and
        each round adds to them.
        """
        findings.begin(setting.tenant, setting.revision)
        end = time.perf_counter() + _STEP_SECONDS
        outcomes = []
        found = len(findings)
        for token in tokens:
            if len(findings) > found:
                # Looked at only after what takes long: so every round gets on, however busy the machine is.
                if time.perf_counter() > end:
                    return None
                found = len(findings)
            outcomes.append(self.decide(token, setting, findings))
        return outcomes
