"""Plants one fault at a time and shows that the unit tests find it: `python tests/unit/plants.py [part of a module]`.

The source stays as it is: the fault is put into the module while it is imported.
"""

import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).parents[2]
IMPORT = """
import importlib.abc, importlib.machinery, sys
name, old, new, *arguments = sys.argv[1:]

class Loader(importlib.machinery.SourceFileLoader):
    def get_code(self, fullname):
        text = self.get_data(self.path).decode()
        assert text.count(old) == 1, f"{fullname} holds the text {text.count(old)} times: {old}"
        return self.source_to_code(text.replace(old, new).encode(), self.path)

class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, fullname, path, target=None):
        if fullname != name:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        spec.loader = Loader(fullname, spec.origin)
        return spec

sys.meta_path.insert(0, Finder())
import pytest
sys.exit(pytest.main(arguments))
"""


@dataclass(frozen=True)
class Plant:
    """A text of a module, what takes its place, and the tests that have to notice."""

    module: str
    old: str
    new: str
    tests: str


SCOPES, KEYS, REVOCATION, ACCESS, POLICY = ("scopes", "keys", "revocation", "access", "policy")
GRAMMAR, REQUIREMENT, TREE, CLAIM = (f"authsvc.scopes.{name}" for name in ("grammar", "requirement", "tree", "claim"))
MATERIAL, SEALING, SEALER, RING, SEALED = (
    f"authsvc.keys.{name}" for name in ("key_material", "sealing", "sealer", "ring", "sealed_key")
)
CHAIN, HEAD, CHECKPOINT = (f"authsvc.audit.{name}" for name in ("chain", "head", "checkpoint"))
INDEX, RULES, VERDICT = "authsvc.revocation.index", "authsvc.access.rules", "authsvc.tokens.verdict"
DOCUMENT, BOUNDS, OPERATIONS = (f"authsvc.policy.{name}" for name in ("document", "bounds", "operations"))
HYGIENE, READING = "authsvc.keys.hygiene", "authsvc.keys.reading"
THREAD, OPEN, CALL, TURNS = (
    f"authsvc.transport.grpc.{name}" for name in ("calls_thread", "open_calls", "call", "turns")
)
BATON, DECODER = "authsvc.transport.grpc.baton", "authsvc.tokens.decoder"

PLANTS = (
    Plant(GRAMMAR, "_SCOPE.fullmatch(text)", "_SCOPE.match(text)", SCOPES),
    Plant(GRAMMAR, r"[\x21\x23-\x5B\x5D-\x7E]", r"[\x21-\x5B\x5D-\x7E]", SCOPES),
    Plant(GRAMMAR, r"[\x21\x23-\x5B\x5D-\x7E]", r"[^\s\x22\x5C]", SCOPES),
    Plant(GRAMMAR, "unique = set(scopes)", "unique = {scope.strip() for scope in scopes}", SCOPES),
    Plant(GRAMMAR, "unique = set(scopes)", "unique = {scope.casefold() for scope in scopes}", SCOPES),
    Plant(GRAMMAR, "if len(unique) > MAX_SCOPES", "if len(unique) > MAX_SCOPES + 1", SCOPES),
    Plant(GRAMMAR, 'scopes = text.split(" ")', "scopes = text.split()", SCOPES),
    Plant(REQUIREMENT, "if not requirement.any_of and not requirement.all_of", "if False", SCOPES),
    Plant(REQUIREMENT, "if self.any_of and held.isdisjoint(self.any_of)", "if held.isdisjoint(self.any_of)", SCOPES),
    Plant(REQUIREMENT, "return all(map(", "return not self.all_of or any(map(", SCOPES),
    Plant(REQUIREMENT, "map(held.__contains__, self.all_of)", "any(h.startswith(s) for h in held) for s in self.all_of", SCOPES),
    Plant(REQUIREMENT, "return all(map(", "return '*' in held or all(map(", SCOPES),
    Plant(REQUIREMENT, "any_of = self.any_of if held.isdisjoint(self.any_of) else ()", "any_of = self.any_of", SCOPES),
    Plant(REQUIREMENT, "tuple(dict.fromkeys(scope for", "tuple(sorted(scope for", SCOPES),
    Plant(REQUIREMENT, "return sorted({scope for", "return list({scope: 0 for", SCOPES),
    Plant(TREE, 'scope.partition(":")', 'scope.rpartition(":")', SCOPES),
    Plant(TREE, "if both:", "if False:", SCOPES),
    Plant(TREE, "if set(node) != {ACTIONS}", "if ACTIONS not in node", SCOPES),
    Plant(TREE, "not isinstance(actions, list) or not actions", "not isinstance(actions, list)", SCOPES),
    Plant(CLAIM, "if SCOPE_CLAIM in payload and SCOPES_CLAIM in payload", "if False", SCOPES),
    Plant(MATERIAL, "len(private) < HMAC_BYTES", "not private", KEYS),
    Plant(MATERIAL, "private.key_size < RSA_BITS", "private.key_size < 1024", KEYS),
    Plant(MATERIAL, "public_numbers().e < RSA_EXPONENT", "public_numbers().e < 3", KEYS),
    Plant(MATERIAL, "not isinstance(private.curve, ec.SECP256R1)", "private.key_size != 256", KEYS),
    Plant(MATERIAL, "if is_written_key(private)", "if False", KEYS),
    Plant(MATERIAL, '"SigningKey({self.tenant!r}', '"SigningKey({self.private!r}, {self.tenant!r}', KEYS),
    Plant(MATERIAL, 'KeyMaterialError(f"not a PKCS #8 key for {algorithm.value}")', "KeyMaterialError(dumped.hex())", KEYS),
    Plant(SEALING, "[key.tenant, key.key_id, key.algorithm.value]", "[key.key_id, key.algorithm.value]", KEYS),
    Plant(SEALING, "[key.tenant, key.key_id, key.algorithm.value]", "[key.tenant, key.algorithm.value]", KEYS),
    Plant(SEALING, "[key.tenant, key.key_id, key.algorithm.value]", "[key.tenant, key.key_id]", KEYS),
    Plant(SEALING, "if key.purpose is not KeyPurpose.SIGNING", "if False", KEYS),
    Plant(SEALING, 'len(part).to_bytes(4, "big") + part', 'part + b"\\0"', KEYS),
    Plant(SEALER, "nonce = secrets.token_bytes(_NONCE_BYTES)", "nonce = bytes(_NONCE_BYTES)", KEYS),
    Plant(SEALER, "len(each) != SEALING_KEY_BYTES", "len(each) not in {16, 24, 32}", KEYS),
    Plant(SEALER, "validate=True", "validate=False", KEYS),
    Plant(SEALER, '32 bytes in base64") from None', '32 bytes in base64: {text}".replace("{text}", text))', KEYS),
    Plant(RING, "or name in self._tainted", "or False", KEYS),
    Plant(SEALED, "{KeyState.PREPARED, KeyState.ACTIVE, KeyState.VERIFY_ONLY}", "KeyState", KEYS),
    Plant(RING, "get((tenant, key_id))", "get((tenant, key_id.strip()))", KEYS),
    Plant(RING, "key = self._verifying.setdefault(name, key)", "self._verifying[name] = key", KEYS),
    Plant(RING, "signing.key_id == key_id", "True", KEYS),
    Plant(HYGIENE, "isinstance(public.curve, ec.SECP256R1)", "public.curve", KEYS),
    Plant(HYGIENE, "        _check_edwards_point(public.public_bytes_raw())\n", "", KEYS),
    Plant(HYGIENE, "if point is None:\n        raise", "if point is None:\n        return\n        raise", KEYS),
    Plant(HYGIENE, "_is_neutral(point) or not", "not", KEYS),
    Plant(HYGIENE, " or not _is_neutral(_multiply(_ORDER, point))", "", KEYS),
    Plant(HYGIENE, "if y >= _P", "if y > 1 << 255", KEYS),
    Plant(HYGIENE, " or (x == 0 and sign)", "", KEYS),
    Plant(HYGIENE, "if len(secret) < HMAC_BYTES", "if not secret", KEYS),
    Plant(HYGIENE, "if len(secret) > MAX_HMAC_BYTES", "if False", KEYS),
    Plant(HYGIENE, "if is_written_key(secret)", "if False", KEYS),
    Plant(HYGIENE, "if len(set(secret)) < LEAST_DIFFERENT_BYTES", "if len(set(secret)) < 2", KEYS),
    Plant(HYGIENE, "if pow(2, modulus - 1, modulus) == 1", "if False", KEYS),
    Plant(HYGIENE, "if _factors_lie_close(modulus)", "if False", KEYS),
    Plant(HYGIENE, "range(middle, middle + _FERMAT_STEPS)", "range(middle, middle + 1)", KEYS),
    Plant(HYGIENE, "not RSA_BITS <= modulus.bit_length() <=", "not 1024 <= modulus.bit_length() <=", KEYS),
    Plant(HYGIENE, "modulus.bit_length() <= MAX_RSA_BITS", "modulus.bit_length()", KEYS),
    Plant(HYGIENE, "if exponent < RSA_EXPONENT or", "if exponent < 3 or", KEYS),
    Plant(HYGIENE, " or exponent.bit_length() > MAX_RSA_EXPONENT_BITS", "", KEYS),
    Plant(HYGIENE, "if exponent % 2 == 0", "if False", KEYS),
    Plant(HYGIENE, "if gcd(modulus, _SMALL_PRODUCT) != 1", "if False", KEYS),
    Plant(HYGIENE, "if all(modulus % prime in powers for", "if False and all(modulus % prime in powers for", KEYS),
    Plant(READING, 'if _BLOCK.sub("", text).strip() or not labels', "if not labels", KEYS),
    Plant(READING, "if len(labels) > 1", "if False", KEYS),
    Plant(READING, ' or "Proc-Type" in text', "", KEYS),
    Plant(READING, 'if label.endswith("CERTIFICATE")', "if False", KEYS),
    Plant(READING, 'if "keys" in members', "if False", KEYS),
    Plant(READING, 'if members.get("kty") != _KEY_TYPES[algorithm]', "if False", KEYS),
    Plant(READING, 'if members.get("use", "sig") != "sig"', "if False", KEYS),
    Plant(READING, 'if members.get("alg", algorithm.value) != algorithm.value', "if False", KEYS),
    Plant(READING, "if len(set(operations)) != len(operations)", "if False", KEYS),
    Plant(READING, "if wanted not in operations or", "if", KEYS),
    Plant(READING, ' or set(operations) - {"sign", "verify"}', "", KEYS),
    Plant(READING, "kid is not None and not isinstance(kid, str)", "False", KEYS),
    Plant(READING, '"the PEM holds no key that can be used: it is broken, or its parts do not fit together"', "text", KEYS),
    Plant(READING, 'if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != text', "if not raw", KEYS),
    Plant(READING, "if len(raw) != _COORDINATE", "if len(raw) > 2 * _COORDINATE", KEYS),
    Plant(READING, 'if raw[:1] == b"\\0"', "if not raw", KEYS),
    Plant(READING, 'if members.get("crv") != "P-256"', "if False", KEYS),
    Plant(READING, 'if members.get("crv") != "Ed25519"', "if False", KEYS),
    Plant(READING, "if private.public_key() != public", "if False", KEYS),
    Plant(READING, "if private.public_key().public_bytes_raw() != raw", "if False", KEYS),
    Plant(READING, "    check_rsa(modulus, exponent)\n", "", KEYS),
    Plant(READING, 'if "oth" in members', "if False", KEYS),
    Plant(INDEX, "{len(tenant)} {len(issuer)} {tenant}", "{tenant}", REVOCATION),
    Plant(INDEX, "{tenant}{issuer}{token_id}", "{tenant}{token_id}", REVOCATION),
    Plant(INDEX, "if found == first and rows[2 * row + 1] == second", "if found == first", REVOCATION),
    Plant(INDEX, "while found := rows[2 * row]", "if found := rows[2 * row]", REVOCATION),
    Plant(INDEX, "max(self._kept[row], kept)", "kept", REVOCATION),
    Plant(INDEX, "if entry[2] > time or", "if entry[2] >= time or", REVOCATION),
    Plant(INDEX, "if entry[2] > time or", "if entry[2] > time + 1 or", REVOCATION),
    Plant(INDEX, " or entry[2] == _FOR_EVER]", "]", REVOCATION),
    Plant(INDEX, "if end < self.ends.get(digest, _FOR_EVER)", "if True", REVOCATION),
    Plant(INDEX, "max(self._cutoffs.get(name, 0), revocation.cutoff)", "revocation.cutoff", REVOCATION),
    Plant(INDEX, "if revocation.kind is TargetKind.TENANT else revocation.name", "if False else revocation.name", REVOCATION),
    Plant(INDEX, "(TargetKind.CLIENT, tenant, client_id)", "(TargetKind.CLIENT, tenant, subject)", REVOCATION),
    Plant(INDEX, "self._next_shard + 1", "self._next_shard + 2", REVOCATION),
    Plant(VERDICT, "            > question.revocations", "            >= question.revocations", "tokens"),
    Plant(VERDICT, "question.now < claims.expire_time", "question.now <= claims.expire_time", "tokens"),
    Plant(VERDICT, "one.issue_time > revocations.cutoff", "one.issue_time >= revocations.cutoff", REVOCATION),
    Plant(RULES, "return rule is not None", "return True", ACCESS),
    Plant(RULES, "if not options.HasExtension(_ACCESS)", "if False", ACCESS),
    Plant(RULES, 'kind == "holder" and declared.holder', 'kind == "holder"', ACCESS),
    Plant(RULES, 'kind == "public" and declared.public', 'kind == "public"', ACCESS),
    Plant(RULES, "(declared.scopes.any_of, declared.scopes.all_of)", "(declared.scopes.any_of)", ACCESS),
    Plant(RULES, "rule.is_met_by(held)", "bool(held)", ACCESS),
    Plant(DOCUMENT, "elif name == SERVICE_TENANT", "elif False", POLICY),
    Plant(BOUNDS, "elif audience == SERVICE_TENANT", "elif False", POLICY),
    Plant(DOCUMENT, "elif issuer == service_tenant(issuer_base).issuer", "elif False", POLICY),
    Plant(DOCUMENT, "holder = issuers.setdefault(policy.issuer, policy.name)", "holder = policy.name", POLICY),
    Plant(DOCUMENT, "holder = spiffe_ids.setdefault(spiffe_id, policy.name)", "holder = policy.name", POLICY),
    Plant(DOCUMENT, "if document.name in names and", "if False and", POLICY),
    Plant(DOCUMENT, "_NAME.fullmatch(name) is None", "_NAME.match(name) is None", POLICY),
    Plant(BOUNDS, "1 <= span.seconds <= limit", "0 <= span.seconds <= limit", POLICY),
    Plant(BOUNDS, "1 <= span.seconds <= limit", "1 <= span.seconds", POLICY),
    Plant(BOUNDS, "span.nanos == 0 and ", "", POLICY),
    Plant(BOUNDS, "elif not is_scope(scope)", "elif False", POLICY),
    Plant(BOUNDS, "if scope not in catalogued", "if False", POLICY),
    Plant(OPERATIONS, "elif operation.name in earlier", "elif False", POLICY),
    Plant(OPERATIONS, "and name not in read", "", POLICY),
    Plant(OPERATIONS, "if not any(parts.values())", "if False", POLICY),
    Plant(OPERATIONS, "and (any_of or all_of)", "", POLICY),
    Plant(OPERATIONS, "and good.issuperset(all_of)", "", POLICY),
    Plant(CHAIN, '(kind, len(content).to_bytes(8, "big"), content)', "(kind, content)", "audit"),
    Plant(CHAIN, '(kind, len(content).to_bytes(8, "big"), content)', '(len(content).to_bytes(8, "big"), content)', "audit"),
    Plant(CHAIN, "encoded(_CHAIN, store_id)", "encoded(_CHAIN)", "audit"),
    Plant(CHAIN, "encoded(_ROW, previous, *_COLUMNS(row))", "encoded(_ROW, *_COLUMNS(row))", "audit"),
    Plant(CHAIN, "attrgetter(*AuditRow.__slots__)", "attrgetter(*AuditRow.__slots__[1:])", "audit"),
    Plant(CHAIN, '"utf-8", "surrogateescape"', '"utf-8", "replace"', "audit"),
    Plant(HEAD, "encoded(_HEAD, store_id, head.position", "encoded(_HEAD, head.position", "audit"),
    Plant(HEAD, "head.position, head.seal, head.time", "head.position, head.time", "audit"),
    Plant(CHECKPOINT, "_TYPE_CHECK if check.name == _TYPE_CHECK.name else check for", "check for", "audit"),
    Plant(CHECKPOINT, "_TYPE_CHECK if check.name == _TYPE_CHECK.name else check for check in HEADER_CHECKS",
          "check for check in HEADER_CHECKS if check.name != _TYPE_CHECK.name", "audit"),
    Plant(CHECKPOINT, "return token.algorithm == key.algorithm and signature_is_valid", "return signature_is_valid", "audit"),
    Plant(CHECKPOINT, "type(value) is not int or not", "not", "audit"),
    Plant(CHECKPOINT, "if len(seal) != SEAL_BYTES", "if not seal", "audit"),
    Plant(CHECKPOINT, "payload.keys() != _MEMBERS", "not payload.keys() >= _MEMBERS", "audit"),
    Plant(TURNS, "self._longest_wait * patience", "self._longest_wait", "transport"),
    Plant(TURNS, "min(now - self._last_look, _LONGEST_SLICE)", "now - self._last_look", "transport"),
    Plant(TURNS, "self._begun.popleft() if self._begun else self._queue.popleft()[1]",
          "self._queue.popleft()[1] if self._queue else self._begun.popleft()", "transport"),
    Plant(TURNS, "if self._spent > SLICE_SECONDS:\n                return", "if False:\n                return", "transport"),
    Plant(TURNS, "if self._spent > SLICE_SECONDS:\n            self._end_slice()", "if False:\n            pass", "transport"),
    Plant(THREAD, "if self._turns.is_over and self._is_refused(call, rpc)", "if False", "transport"),
    Plant(THREAD, "elif not self._is_refused(call, rpc)", "elif True", "transport"),
    Plant(THREAD, "call.watch()\n            self._turns.go_on", "self._turns.go_on", "transport"),
    Plant(THREAD, "call.end(NO_REQUEST)", "self._calls.forget(call)", "transport"),
    Plant(THREAD, "answer: Answer = FAULT", "answer: Answer = b''", "transport"),
    Plant(THREAD, "answer: Answer | None = FAULT", "answer: Answer | None = None", "transport"),
    Plant(THREAD, "self._accept_another()\n        if not event.success", "if not event.success", "transport"),
    Plant(THREAD, "if self.oversized is not None and is_oversized(metadata)", "if False", "transport"),
    Plant(THREAD, "self._calls.forget(call)\n        else:\n            call.watch()",
          "pass\n        else:\n            call.watch()", "transport"),
    Plant(OPEN, "if self._wants_idle and not self._calls", "if False", "transport"),
    Plant(OPEN, "(self._streams if handler.response_streaming else self._calls).add(call)", "self._calls.add(call)", "transport"),
    Plant(OPEN, "call.end(FAULT)", "pass", "transport"),
    Plant(OPEN, "elif not call.has_ended:\n            self.forget(call)", "elif False:\n            pass", "transport"),
    Plant(OPEN, "        call.answer_by(task)", "        pass", "transport"),
    Plant(CALL, "if self.is_gone and task is not None", "if False", "transport"),
    Plant(CALL, "if self._has_ended:\n            return", "if False:\n            return", "transport"),
    Plant(CALL, "if not self._is_watched:\n            self._is_watched = True",
          "if True:\n            self._is_watched = True", "transport"),
    Plant(CALL, "self._owner.forget(self)\n            raise", "raise", "transport"),
    Plant(CALL, "if core.is_cancelled(event)", "if True", "transport"),
    Plant(BATON, "with self._next:\n            self._now.acquire()", "self._now.acquire()", "transport/test_baton.py"),
    Plant(DECODER, "if len(segment) <= _MAX_KNOWN_LENGTH", "if True", "tokens/test_decoder.py"),
    Plant(DECODER, "if len(self._good_headers) >= _MAX_KNOWN", "if False", "tokens/test_decoder.py"),
)  # fmt: skip


def find(plant: Plant, storage: str) -> str:
    """The first test that fails with the fault in place; empty when none does."""
    arguments = [plant.module, plant.old, plant.new, f"tests/unit/{plant.tests}", "-q", "-p", "no:cacheprovider"]
    process = subprocess.run(
        [sys.executable, "-c", IMPORT, *arguments, "--maxfail=1", "--tb=no"],
        cwd=ROOT,
        env={**os.environ, "HYPOTHESIS_STORAGE_DIRECTORY": storage, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    failed = re.search(r"^(?:FAILED|ERROR) \S*/(\S+)", process.stdout, re.MULTILINE)
    if failed is None and process.returncode != 0:
        raise RuntimeError(process.stdout + process.stderr)
    return failed[1] if failed else ""


def main() -> int:
    """Print the table; 1 when a fault went unnoticed."""
    chosen = [plant for plant in PLANTS if not sys.argv[1:] or sys.argv[1] in plant.module]
    unnoticed = 0
    with tempfile.TemporaryDirectory() as storage:
        for plant in {each.tests: replace(each, new=each.old) for each in chosen}.values():
            if found_by := find(plant, storage):
                raise RuntimeError(f"without a fault this fails already: {found_by}")
        for plant in chosen:
            found_by = find(plant, storage)
            unnoticed += not found_by
            print(f"{plant.module}: {plant.old!r} -> {plant.new!r}: {found_by or 'UNNOTICED'}", flush=True)
    print(f"{len(chosen)} faults, {unnoticed} unnoticed")
    return min(unnoticed, 1)


if __name__ == "__main__":
    sys.exit(main())
