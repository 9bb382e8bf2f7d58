"""The least that grpc.aio with uvloop can do: read the message and the metadata, and answer with fixed bytes.

    python -m bench.bare_server ADDRESS PATH=SIZE ...

Each PATH is answered with SIZE bytes. No message is parsed, nobody is told from anybody, nothing is counted.
"""

from __future__ import annotations  # grpc's classes take type arguments in stubs only

import asyncio
import gc
import signal
import sys

import grpc
import uvloop

Context = grpc.aio.ServicerContext[bytes, bytes]


class Bare(grpc.GenericRpcHandler):
    """Answers each path with bytes of its size."""

    def __init__(self, sizes: dict[str, int]) -> None:
        self._handlers = {path: self._handler(bytes(size)) for path, size in sizes.items()}

    @staticmethod
    def _handler(answer: bytes) -> grpc.RpcMethodHandler[bytes, bytes]:
        async def handle(request: bytes, context: Context) -> bytes:  # noqa: ARG001 (the shape of a handler)
            for _name, _value in context.invocation_metadata() or ():
                pass
            return answer

        return grpc.unary_unary_rpc_method_handler(handle)

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[bytes, bytes] | None:
        """The handler of a path."""
        return self._handlers.get(handler_call_details.method)


async def _serve(address: str, sizes: dict[str, int]) -> None:
    server = grpc.aio.server(options=(("grpc.max_receive_message_length", 4 << 20),))
    server.add_generic_rpc_handlers((Bare(sizes),))
    port = server.add_insecure_port(address)
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    await server.start()
    gc.collect()
    gc.freeze()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    await stopping.wait()
    await server.stop(0)


def main(arguments: list[str]) -> None:
    """Serve until SIGTERM; the port is the first line of standard output."""
    address, *pairs = arguments
    sizes = {path: int(size) for path, _, size in (pair.rpartition("=") for pair in pairs)}
    uvloop.install()
    asyncio.run(_serve(address, sizes))


if __name__ == "__main__":
    main(sys.argv[1:])
