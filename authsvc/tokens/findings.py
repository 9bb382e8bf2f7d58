"""What one call has found out about its tokens, so that it can be set aside for other calls and begun anew."""

from authsvc.tokens.refusal import Refusal
from authsvc.tokens.signature_cache import AuthenticToken
from authsvc.v1.reason_pb2 import Reason


class Findings:
    """Outcomes of authentication by the digest of the text. Never a verdict: time and revocations are looked at anew."""

    def __init__(self) -> None:
        self._found: dict[bytes, AuthenticToken | Refusal] = {}
        self._policy: object = None
        self._revision: object = None

    def __len__(self) -> int:
        return len(self._found)

    def begin(self, policy: object, revision: object) -> None:
        """Begin a round under this policy and revision, and forget what need not be so any more.

        A token that was authentic is held against the state of its key by whoever asks. A text is malformed as long as the
        policy is the same object; all other refusals follow from the keys, and stand as long as nothing has changed.
        """
        if policy is not self._policy or revision != self._revision:
            kept = {Reason.REASON_MALFORMED} if policy is self._policy else set()
            self._found = {
                name: outcome
                for name, outcome in self._found.items()
                if not isinstance(outcome, Refusal) or outcome.reason in kept
            }
        self._policy, self._revision = policy, revision

    def get(self, name: bytes) -> AuthenticToken | Refusal | None:
        """What was found out about a text, None if nothing was."""
        return self._found.get(name)

    def put(self, name: bytes, outcome: AuthenticToken | Refusal) -> None:
        """Note what was found out about a text."""
        self._found[name] = outcome
