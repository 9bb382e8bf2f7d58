"""The kinds of methods that a server serves, each with its way to answer."""

from __future__ import annotations  # grpc's classes take type arguments in stubs only

from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass
from typing import Any, TypeAlias

import grpc

from authsvc.transport.grpc.call import Answer, RpcStatus, ServerCall

Steps = Generator[None, None, Answer]
Refuse = Callable[[ServerCall, Exception], RpcStatus]
"""The status of a call that is refused before its method has seen it."""
URGENT = float("inf")
"""The patience of what is served however much there is to do: it would wait for ever."""


@dataclass(frozen=True, slots=True)
class HotRpc:
    """Answered at once, in the thread of the calls."""

    serve: Callable[[bytes, ServerCall], Answer]
    refuse: Refuse
    patience: float = 1.0
    """The part of the longest wait that it would wait for, under overload."""


@dataclass(frozen=True, slots=True)
class SteppedRpc:
    """Likewise, in steps between which other calls have their turn."""

    serve: Callable[[bytes, ServerCall], Steps]
    refuse: Refuse
    patience: float = 1.0


@dataclass(frozen=True, slots=True)
class StoreRpc:
    """Waits for something, so it is answered on the event loop. Its task is cancelled when the caller goes away."""

    serve: Callable[[bytes, ServerCall], Awaitable[Answer]]
    refuse: Refuse
    patience: float = 0.5


@dataclass(frozen=True, slots=True)
class RefusedRpc:
    """Never answered: what a method that does not exist comes to, for one."""

    refuse: Callable[[ServerCall], RpcStatus]


Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
"""That of a servicer of another package, for grpc.aio. It is served on the event loop."""
UNKNOWN = RefusedRpc(lambda _call: RpcStatus(grpc.StatusCode.UNIMPLEMENTED, "the service has no such method"))
"""How a server refuses that is not told otherwise."""
FAULT = RpcStatus(grpc.StatusCode.INTERNAL, "the call could not be answered")
"""What is left to say when a method has failed itself."""
NO_REQUEST = RpcStatus(grpc.StatusCode.INVALID_ARGUMENT, "the call came without a request")

Rpc: TypeAlias = "HotRpc | SteppedRpc | StoreRpc | RefusedRpc | Handler"
