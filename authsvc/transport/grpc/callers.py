"""Tells who calls: by the key in the metadata, or else by the certificate of the connection."""

from __future__ import annotations  # grpc's classes take type arguments in stubs only

from typing import Any

import grpc

from authsvc.api.call_limits import AddressLimits
from authsvc.api.caller import Caller
from authsvc.api.gate import Gate
from authsvc.clock import Clock
from authsvc.errors import InvalidKeyError, MissingKeyError, RateLimitedError
from authsvc.transport.grpc.certificates import ClientCertificates
from authsvc.transport.grpc.metadata import bearer_key

Context = grpc.aio.ServicerContext[Any, Any]


class AddressGuard:
    """Slows down addresses that call without a good key, and leaves callers with one alone, whatever their address."""

    def __init__(self, rate: float, clock: Clock) -> None:
        """`rate`: calls a second and address."""
        self._limits = AddressLimits(rate)
        self._clock = clock

    def refuse_spent(self, context: Context, key: str | None, gate: Gate) -> None:
        """Look at no more strange keys from an address that has sent too many.

        Raises:
            RateLimitedError: the address has to wait, and the key is not one that is known to be signed by this service.
        """
        wait = self._limits.wait(address_of(context), self._clock())
        if wait is not None and not (key is not None and gate.knows(key)):
            raise RateLimitedError("too many calls without a good key from this address", retry_after=wait)

    def charge(self, context: Context) -> None:
        """Count a call without a good key."""
        self._limits.charge(address_of(context), self._clock())


def address_of(context: Context) -> str:
    """The address that a call comes from, without its port: "127.0.0.1", or "[::1]"."""
    peer = context.peer().removeprefix("ipv4:").removeprefix("ipv6:")
    return peer.rpartition(":")[0] or peer


class Callers:
    """The callers of one front."""

    def __init__(self, gate: Gate, certificates: ClientCertificates | None, addresses: AddressGuard | None) -> None:
        self._gate = gate
        self._certificates = certificates
        self._addresses = addresses

    def admit(self, path: str, context: Context) -> Caller:
        """The caller of a method, if it may call it.

        Raises:
            AuthsvcError: it may not; see Gate.admit, Gate.admit_certified and AddressGuard.
        """
        if self._addresses is not None:
            return self._admit_guarded(self._addresses, path, context)
        key = bearer_key(context.invocation_metadata())
        # Nearly every call brings a key: one step less for it.
        return self._gate.admit(path, key) if key is not None else self._admit(path, key, context)

    def admit_holder(self, path: str, context: Context) -> None:
        """Let in a call whose right is the token in its request, from an address that has not sent too many bad ones.

        Raises:
            AuthsvcError: it may not; see Gate.admit_holder and AddressGuard.
        """
        if self._addresses is not None:
            self._addresses.refuse_spent(context, None, self._gate)
        self._gate.admit_holder(path)

    def charge(self, context: Context) -> None:
        """Count a call whose token was not good."""
        if self._addresses is not None:
            self._addresses.charge(context)

    def _admit(self, path: str, key: str | None, context: Context) -> Caller:
        # A key says who calls, whatever certificate the connection has: that of a sidecar, perhaps.
        if key is None and self._certificates is not None:
            return self._gate.admit_certified(path, self._certificates.uri_of(context))
        return self._gate.admit(path, key)

    def _admit_guarded(self, addresses: AddressGuard, path: str, context: Context) -> Caller:
        try:
            key = bearer_key(context.invocation_metadata())
            addresses.refuse_spent(context, key, self._gate)
            return self._admit(path, key, context)
        except (MissingKeyError, InvalidKeyError):
            addresses.charge(context)
            raise
