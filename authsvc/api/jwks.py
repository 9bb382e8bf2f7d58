"""The public keys of a tenant, and what is publicly known of it as an issuer: for anybody, over every front.

A tenant that does not exist, one that signs with a secret, and the service itself all have an empty set.
"""

import json
from dataclasses import dataclass

from authsvc.api.fields import FieldFaults, parse
from authsvc.errors import TenantNotFoundError
from authsvc.keys.jwk import EMPTY_SET, JwkSet
from authsvc.replica.replica import Replica
from authsvc.v1.key_service_pb2 import GetJwksRequest, GetJwksResponse

JWKS_PATH = "/t/{tenant}/.well-known/jwks.json"
METADATA_PATH = "/.well-known/oauth-authorization-server/t/{tenant}"


@dataclass(frozen=True, slots=True)
class PublicKeys:
    """What the service publishes, as its replica has it."""

    replica: Replica
    base_url: str
    """Where the public HTTP door is reached from outside: the base of the issuers."""

    def of(self, tenant: str) -> JwkSet:
        """The public keys of a tenant.

        Raises:
            StoreUnavailableError: something changed and cannot be read: a key may have been tainted.
        """
        self.replica.catch_up()
        if not self._is_published(tenant):
            return EMPTY_SET
        return self.replica.keys.published(tenant)

    def metadata(self, tenant: str) -> str | None:
        """The metadata of RFC 8414 section 2 as JSON; None of a tenant that does not exist.

        It holds what is true of this service: there is no endpoint of OAuth in it, since it has none.

        Raises:
            StoreUnavailableError: see `of`.
        """
        keys = self.of(tenant)
        if not self._is_published(tenant):
            return None
        members = {
            "issuer": self.replica.tenants.find(tenant).issuer,
            "jwks_uri": self.base_url + JWKS_PATH.format(tenant=tenant),
            "response_types_supported": [],
            "grant_types_supported": [],
            "access_token_signing_alg_values_supported": list(keys.algorithms),
        }
        return json.dumps(members, separators=(",", ":"), sort_keys=True)

    def _is_published(self, tenant: str) -> bool:
        try:
            # The service's own keys open nothing but the service, which verifies them itself.
            return not self.replica.tenants.find(tenant).is_service
        except TenantNotFoundError:
            return False


class GetJwks:
    """The RPC GetJwks. Synchronous, in memory, and open to anybody."""

    def __init__(self, published: PublicKeys) -> None:
        self._published = published

    def __call__(self, request: bytes) -> bytes:
        """The answer to a request, both serialized.

        Raises:
            InvalidFieldError: no tenant is named.
        """
        message = parse(GetJwksRequest, request)
        faults = FieldFaults()
        faults.text("tenant", message.tenant)
        faults.refuse()
        return GetJwksResponse(jwks=self._published.of(message.tenant).text).SerializeToString()
