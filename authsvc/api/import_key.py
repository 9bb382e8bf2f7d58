"""ImportKey: a tenant brings a key of its own, to sign with here or to verify what a trusted issuer signs."""

import asyncio
from collections.abc import Callable

from authsvc.api.caller import Call
from authsvc.api.fields import FieldFaults, parse
from authsvc.api.key_message import ALGORITHM_OF_MESSAGE, KEY_ID_RULE, is_key_id, key_message
from authsvc.api.keys import KeyDesk, key_audit
from authsvc.errors import InvalidFieldError
from authsvc.keys.key_material import KeyMaterialError, dump_private, dump_public
from authsvc.keys.reading import BroughtKey, read_jwk, read_pem, read_secret
from authsvc.keys.sealed_key import Algorithm, KeyPurpose, KeyState, SealedKey
from authsvc.keys.sealing import new_key_id
from authsvc.policy.tenant import TenantPolicy
from authsvc.replica.replica import Replica
from authsvc.store.contract import KeyReceipt
from authsvc.tokens.claims import MAX_ISSUER_LENGTH
from authsvc.v1 import key_service_pb2
from authsvc.v1.key_service_pb2 import ImportKeyRequest, ImportKeyResponse

_PURPOSES = {
    key_service_pb2.KEY_PURPOSE_UNSPECIFIED: KeyPurpose.SIGNING,
    key_service_pb2.KEY_PURPOSE_SIGNING: KeyPurpose.SIGNING,
    key_service_pb2.KEY_PURPOSE_TRUSTED_ISSUER: KeyPurpose.TRUSTED_ISSUER,
}


class ImportKey:
    """The RPC ImportKey. What was brought is sealed and never shown again, not in a refusal either."""

    def __init__(self, desk: KeyDesk, replica: Replica) -> None:
        self._desk = desk
        self._replica = replica

    async def __call__(self, request: bytes, call: Call) -> bytes:
        """The answer to a request, both serialized.

        Raises:
            InvalidFieldError: a field breaks its rule, or the key is weak, broken or not what it is said to be.
            KeyExistsError: the tenant has a key of that id.
            KeyStateError: as many keys are prepared as may be.
        """
        message = parse(ImportKeyRequest, request)
        tenant = self._desk.gate.tenant_of(call.caller, message.tenant)
        self._check(message, tenant)
        algorithm, purpose = ALGORITHM_OF_MESSAGE[message.algorithm], _PURPOSES[message.purpose]
        field = message.WhichOneof("material") or ""
        # Looking closely at an RSA key takes a while: done aside, so that no other call waits for it.
        brought = await asyncio.to_thread(_read, message, field, algorithm)
        self._check_brought(brought, field, message, tenant)
        key_id = message.key_id or brought.key_id or new_key_id()
        if not is_key_id(key_id):
            raise InvalidFieldError.of("jwk", f"its kid {KEY_ID_RULE}; or name another key_id")
        receipt = await self._store(brought, tenant, key_id, algorithm, purpose, message.issuer, call)
        answer = ImportKeyResponse(key=key_message(receipt.key), revision=self._desk.revisions.write(receipt.revision))
        return answer.SerializeToString()

    def _check(self, message: ImportKeyRequest, tenant: TenantPolicy) -> None:
        faults = FieldFaults()
        if tenant.is_service:
            faults.add("tenant", "must not be the service's own: its keys are made by the service alone")
        algorithm = ALGORITHM_OF_MESSAGE.get(message.algorithm)
        if algorithm is None:
            faults.add("algorithm", "is required, a SigningAlgorithm")
        material = message.WhichOneof("material")
        if material is None:
            faults.add("material", "is required: pem, jwk or secret")
        elif material == "secret" and algorithm not in {Algorithm.HS256, None}:
            faults.add("secret", "is only for HS256")
        if message.key_id and not is_key_id(message.key_id):
            faults.add("key_id", KEY_ID_RULE)
        self._check_purpose(message, tenant, algorithm, faults)
        faults.refuse()

    def _check_purpose(
        self, message: ImportKeyRequest, tenant: TenantPolicy, algorithm: Algorithm | None, faults: FieldFaults
    ) -> None:
        purpose = _PURPOSES.get(message.purpose)
        if purpose is None:
            faults.add("purpose", "must be a KeyPurpose")
        elif purpose is KeyPurpose.SIGNING:
            if message.issuer:
                faults.add("issuer", "is only for the purpose of a trusted issuer")
            if algorithm not in {tenant.algorithm, None}:
                faults.add("algorithm", f"must be {tenant.algorithm.value} for signing: the tenant's document says so")
        else:
            faults.text("issuer", message.issuer, limit=MAX_ISSUER_LENGTH)
            # Other tenants' issuers are not looked at, which would tell of them: a document that trusts one is refused.
            if message.issuer == tenant.issuer:
                faults.add("issuer", "must not be the tenant's own: this service signs for it")

    def _check_brought(self, brought: BroughtKey, field: str, message: ImportKeyRequest, tenant: TenantPolicy) -> None:
        purpose, is_secret = _PURPOSES[message.purpose], isinstance(brought.public, bytes)
        if purpose is KeyPurpose.SIGNING and brought.private is None:
            raise InvalidFieldError.of(field, "must be a private key: this service is to sign with it")
        if purpose is KeyPurpose.TRUSTED_ISSUER and brought.private is not None and not is_secret:
            raise InvalidFieldError.of(field, "must be the public key: the private one is its issuer's alone")
        # One secret for two would let the one issue what only the other may.
        if self._replica.keys.holds_for_another(tenant.name, dump_public(brought.public), message.issuer):
            raise InvalidFieldError.of(field, "must be another key than those that the tenant has for others")

    async def _store(
        self,
        brought: BroughtKey,
        tenant: TenantPolicy,
        key_id: str,
        algorithm: Algorithm,
        purpose: KeyPurpose,
        issuer: str,
        call: Call,
    ) -> KeyReceipt:
        desk = self._desk
        is_own = purpose is KeyPurpose.SIGNING
        dumped = dump_private(brought.private) if is_own and brought.private else dump_public(brought.public)
        state = KeyState.PREPARED if is_own else KeyState.VERIFY_ONLY
        bare = SealedKey(tenant.name, key_id, algorithm, state, b"", int(desk.clock()), purpose, issuer)
        sealed = desk.sealing_key.seal_key(bare, dumped)
        audit = key_audit(
            "ImportKey", tenant.name, key_id, call, algorithm=algorithm.value, purpose=purpose.value, issuer=issuer
        )
        if is_own:
            return await desk.store.prepare(sealed, audit, desk.schedule.publication)
        return await desk.store.trust(sealed, audit)


def _read(message: ImportKeyRequest, field: str, algorithm: Algorithm) -> BroughtKey:
    readers: dict[str, Callable[[], BroughtKey]] = {
        "pem": lambda: read_pem(message.pem, algorithm),
        "jwk": lambda: read_jwk(message.jwk, algorithm),
        "secret": lambda: read_secret(message.secret),
    }
    try:
        return readers[field]()
    except KeyMaterialError as error:
        raise InvalidFieldError.of(field, f"is refused: {error}") from None
