"""Which tokens were of use, and which of their scopes: noted in memory in passing, written down from time to time.

A token that is used costs one comparison and one assignment; the first use since the last writing costs an append more.
"""

from collections.abc import Iterable

from authsvc.keys.key_material import SigningKey
from authsvc.store.life_contract import TokenUse
from authsvc.tokens.claims import Claims
from authsvc.tokens.signature_cache import AuthenticToken

_FULL = 1_000
_MOST = 100_000


class Usage:
    """The tokens used since the last writing. For one thread at a time."""

    def __init__(self, *, is_noted: bool, full: int = _FULL, most: int = _MOST) -> None:
        """Note at most `most` tokens until they are taken; from `full` on the lists of one token are made one."""
        self.is_noted = is_noted
        self._full = full
        self._most = most
        self._used: list[AuthenticToken] = []
        self._pending: dict[tuple[str, str, str], TokenUse] = {}
        self.dropped = 0
        """How many uses there was no room for."""

    def first_use(self, token: AuthenticToken) -> None:
        """Take note of a decided token whose `used_at` was 0; whoever calls sets it. Only where usage is noted."""
        self._used.append(token)
        if len(self._used) >= self._full:
            # The newest has no time yet: it stays.
            newest = self._used.pop()
            self._collect()
            self._used.append(newest)

    @property
    def held(self) -> int:
        """How many tokens are noted, at the most."""
        return len(self._used) + len(self._pending)

    def take(self) -> list[TokenUse]:
        """What was noted since the last time; from now on every token is at its first use again."""
        self._collect()
        pending, self._pending = self._pending, {}
        return list(pending.values())

    def give_back(self, uses: Iterable[TokenUse]) -> None:
        """What could not be written down waits for the next time."""
        for use in uses:
            self._add(use)

    def _collect(self) -> None:
        used, self._used = self._used, []
        for token in used:
            claims = token.claims
            # Of what others issued there is no record.
            if isinstance(claims, Claims) and isinstance(token.key, SigningKey):
                self._add(
                    TokenUse(
                        token.key.tenant,
                        claims.issuer,
                        claims.token_id,
                        int(token.used_at),
                        claims.expire_time,
                        frozenset(token.met or ()),
                    )
                )
            token.used_at, token.met, token.last_met = 0.0, None, None

    def _add(self, use: TokenUse) -> None:
        name = (use.tenant, use.issuer, use.token_id)
        known = self._pending.get(name)
        if known is not None:
            second = max(known.second, use.second)
            use = TokenUse(*name, second, use.expire_time, known.scopes | use.scopes)
        elif len(self._pending) >= self._most:
            self.dropped += 1
            return
        self._pending[name] = use


def meet(token: AuthenticToken, requirement: object, matched: Iterable[str]) -> None:
    """Take note of the scopes by which a token met a requirement, unless it met that one just before."""
    token.last_met = requirement
    if token.met is None:
        token.met = set(matched)
    else:
        token.met.update(matched)
