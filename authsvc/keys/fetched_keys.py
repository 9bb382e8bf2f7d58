"""The key sets of issuers that publish them, as they were fetched last: what the decision sees of them. No I/O happens here."""

from collections.abc import Callable
from dataclasses import dataclass, field

from authsvc.keys.issuer_keys import IssuerKey, IssuerKeySet
from authsvc.keys.public_jwk import PublicJwkSet
from authsvc.keys.sealed_key import Algorithm


@dataclass(frozen=True, slots=True)
class _Fetched:
    jwks: PublicJwkSet
    chosen: dict[frozenset[Algorithm], IssuerKeySet] = field(default_factory=dict)


class FetchedKeys:
    """Key sets by URL. Whoever fetches puts them in; a kid that is not found is noted, and never waited for."""

    def __init__(self) -> None:
        self._sets: dict[str, _Fetched] = {}
        self.missed: set[str] = set()
        """The URLs of which a key was asked that is not there. Whoever fetches takes them out."""
        self.on_miss: Callable[[], None] = lambda: None
        """Called when a URL becomes one of the missed: once, however many kids are asked for."""

    def find(self, url: str, algorithms: frozenset[Algorithm], key_id: str, algorithm: str) -> IssuerKey | None:
        """The key of that kid among those that may be used with the algorithms; see IssuerKeySet.find."""
        fetched = self._sets.get(url)
        if fetched is not None:
            chosen = fetched.chosen.get(algorithms)
            if chosen is None:
                chosen = fetched.chosen[algorithms] = IssuerKeySet.choose(fetched.jwks.keys, algorithms)
            key = chosen.find(key_id, algorithm)
            if key is not None:
                return key
        if url not in self.missed:
            self.missed.add(url)
            self.on_miss()
        return None

    def put(self, url: str, jwks: PublicJwkSet) -> None:
        """Take a fetched set in the place of the one before. Keys that are in both stay what they were."""
        before = self._sets.get(url)
        if before is not None and before.jwks == jwks:
            return
        chosen = before.chosen if before is not None else {}
        self._sets[url] = _Fetched(
            jwks,
            {algorithms: IssuerKeySet.choose(jwks.keys, algorithms, old) for algorithms, old in chosen.items()},
        )

    def forget(self, url: str) -> None:
        """Drop a set: its keys verify nothing any more."""
        self._sets.pop(url, None)

    def __contains__(self, url: object) -> bool:
        return url in self._sets
