"""Sealing keys that change: older ones open, the newest seals, and nothing opens in another's place (B16)."""

from dataclasses import replace

import pytest

from authsvc.keys.key_material import dump_public
from authsvc.keys.sealed_key import Algorithm, KeyPurpose, KeyState, SealedKey
from authsvc.keys.sealing import SealingError, SealingKey

OLD, NEW, OTHER = (bytes([number]) * 32 for number in (1, 2, 3))
SECRET = bytes(range(40))


def trusted(sealing: SealingKey, issuer: str = "https://a.example") -> SealedKey:
    bare = SealedKey(
        "demo", "k", Algorithm.HS256, KeyState.VERIFY_ONLY, b"", 0, purpose=KeyPurpose.TRUSTED_ISSUER, issuer=issuer
    )
    return sealing.seal_key(bare, SECRET)


def test_an_older_key_opens_and_the_newest_seals() -> None:
    before = SealingKey(OLD).make("demo", Algorithm.HS256, now=0)
    both = SealingKey(NEW, [OLD])
    assert both.open(before).private == SealingKey(OLD).open(before).private
    after = both.make("demo", Algorithm.HS256, now=0)
    assert (before.sealed_by, after.sealed_by) == (SealingKey(OLD).name, SealingKey(NEW).name)
    with pytest.raises(SealingError):
        SealingKey(OLD).open(after)


def test_a_resealed_key_is_the_same_and_needs_the_newest_alone() -> None:
    before = SealingKey(OLD).make("demo", Algorithm.ES256, now=0)
    after = SealingKey(NEW, [OLD]).reseal(before)
    assert replace(after, sealed=before.sealed, sealed_by=before.sealed_by) == before
    opened = [dump_public(key.public) for key in (SealingKey(OLD).open(before), SealingKey(NEW).open(after))]
    assert opened[0] == opened[1]
    with pytest.raises(SealingError):
        SealingKey(OLD).open(after)


def test_a_key_from_before_names_is_opened_by_whichever_fits() -> None:
    nameless = replace(SealingKey(OLD).make("demo", Algorithm.HS256, now=0), sealed_by="")
    assert SealingKey(NEW, [OTHER, OLD]).open(nameless)
    with pytest.raises(SealingError):
        SealingKey(NEW, [OTHER]).open(nameless)


def test_a_name_opens_nothing_by_itself() -> None:
    row = replace(SealingKey(OLD).make("demo", Algorithm.HS256, now=0), sealed_by=SealingKey(NEW).name)
    with pytest.raises(SealingError):
        SealingKey(NEW, [OLD]).open(row)


def test_names_give_nothing_away_and_tell_keys_apart() -> None:
    names = {SealingKey(bytes([number]) * 32).name for number in range(50)}
    assert len(names) == 50
    assert all(len(name) == 16 for name in names)


def test_a_key_of_one_issuer_opens_for_no_other_and_for_no_signing() -> None:
    sealing = SealingKey(NEW)
    row = trusted(sealing)
    assert sealing.open_trusted(row).public == SECRET
    for moved in (replace(row, issuer="https://b.example"), replace(row, purpose=KeyPurpose.SIGNING, issuer="")):
        with pytest.raises(SealingError):
            sealing.open_any(moved)
    signing = sealing.seal("demo", "k", Algorithm.HS256, SECRET, 0)
    with pytest.raises(SealingError):
        sealing.open_any(replace(signing, purpose=KeyPurpose.TRUSTED_ISSUER, issuer="https://a.example"))
    with pytest.raises(SealingError):
        sealing.open(replace(signing, sealed=row.sealed))


def test_it_shows_no_key() -> None:
    assert repr(SealingKey(NEW, [OLD])) == "SealingKey()"


class FakeService:
    """A key service outside the process, as small as it can be."""

    newest = "elsewhere"

    def seal(self, secret: bytes, associated_data: bytes) -> bytes:
        return associated_data + secret[::-1]

    def open(self, sealed: bytes, associated_data: bytes, sealed_by: str) -> bytes:
        if sealed_by != self.newest or not sealed.startswith(associated_data):
            raise SealingError("no")
        return sealed.removeprefix(associated_data)[::-1]


def test_a_key_service_can_take_its_place() -> None:
    sealing = SealingKey(FakeService())
    row = sealing.seal("demo", "k", Algorithm.HS256, SECRET, 0)
    assert (row.sealed_by, sealing.open(row).private) == ("elsewhere", SECRET)
    with pytest.raises(SealingError):
        sealing.open(replace(row, tenant="other"))
