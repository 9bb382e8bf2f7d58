"""The keys with which a trusted issuer's tokens are verified: chosen from a JWK set, found by kid."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from authsvc.keys.key_material import PublicMaterial
from authsvc.keys.public_jwk import PublicJwk
from authsvc.keys.sealed_key import Algorithm


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class IssuerKey:
    """A key that only verifies. It equals itself alone: its identity is its generation."""

    key_id: str
    """Empty when the set gives it none."""
    algorithm: Algorithm
    public: PublicMaterial
    fingerprint: bytes

    def __repr__(self) -> str:
        return f"IssuerKey({self.key_id!r}, {self.algorithm.value})"


def _same(key: IssuerKey) -> tuple[str, Algorithm, bytes]:
    return key.key_id, key.algorithm, key.fingerprint


class IssuerKeySet:
    """The keys of one issuer, each with one algorithm (RFC 8725 section 3.1).

    A kid that stands twice is of no key: nobody could say which was meant.
    """

    def __init__(self, keys: Iterable[IssuerKey] = ()) -> None:
        self._by_kid: dict[str, IssuerKey] = {}
        self._by_algorithm: dict[Algorithm, list[IssuerKey]] = {}
        twice: set[str] = set()
        for key in keys:
            self._by_algorithm.setdefault(key.algorithm, []).append(key)
            if key.key_id and self._by_kid.setdefault(key.key_id, key) is not key:
                twice.add(key.key_id)
        for key_id in twice:
            del self._by_kid[key_id]

    @classmethod
    def choose(
        cls, keys: Iterable[PublicJwk], algorithms: frozenset[Algorithm], before: "IssuerKeySet | None" = None
    ) -> "IssuerKeySet":
        """The keys that may be used with these algorithms.

        A key that names no algorithm and fits two of them is left out: one key has one algorithm. A key that was in the
        set before stays the same object, so that what stands on its identity outlives a refresh.
        """
        known = {_same(key): key for key in before} if before is not None else {}
        chosen: list[IssuerKey] = []
        for jwk in keys:
            fitting = jwk.algorithms & algorithms
            if len(fitting) == 1:
                fresh = IssuerKey(jwk.key_id, next(iter(fitting)), jwk.public, jwk.fingerprint)
                chosen.append(known.get(_same(fresh), fresh))
        return cls(chosen)

    def find(self, key_id: str, algorithm: str) -> IssuerKey | None:
        """The key of that kid; without a kid the only key of that algorithm. None when there is no such key, or several."""
        if key_id:
            return self._by_kid.get(key_id)
        fitting = self._by_algorithm.get(Algorithm(algorithm), ())
        return fitting[0] if len(fitting) == 1 else None

    def __iter__(self) -> Iterator[IssuerKey]:
        for keys in self._by_algorithm.values():
            yield from keys

    def __len__(self) -> int:
        return sum(map(len, self._by_algorithm.values()))
