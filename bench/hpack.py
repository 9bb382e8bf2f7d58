"""Header blocks (RFC 7541) as a load generator needs them: literals only, no dynamic table, no Huffman code."""

from collections.abc import Sequence

_MAX_PREFIXED = 0x7F
_STATIC_PAIRS = {8: (":status", "200")}
_STATIC_NAMES = {8: ":status", 31: "content-type", 16: "accept-encoding"}


class HeaderBlockError(ValueError):
    """A block uses what this reader does not know."""


def encode(headers: Sequence[tuple[str, str]]) -> bytes:
    """A block that is the same for every stream of a connection: each header a literal without indexing (section 6.2.2)."""
    block = bytearray()
    for name, value in headers:
        block.append(0)
        block += _text(name) + _text(value)
    return bytes(block)


def _text(text: str) -> bytes:
    raw = text.encode("ascii")
    return _integer(len(raw), 7) + raw


def _integer(value: int, bits: int) -> bytes:
    limit = (1 << bits) - 1
    if value < limit:
        return bytes((value,))
    out = bytearray((limit,))
    value -= limit
    while value > _MAX_PREFIXED:
        out.append(0x80 | value & 0x7F)
        value >>= 7
    out.append(value)
    return bytes(out)


def decode(block: bytes) -> dict[str, str]:
    """The headers of a block from a peer that was told to keep no dynamic table.

    Raises:
        HeaderBlockError: it uses one all the same, or the Huffman code.
    """
    reader = _Reader(block)
    headers: dict[str, str] = {}
    while not reader.at_end:
        first = reader.peek()
        if first & 0x80:
            index = reader.integer(7)
            if index not in _STATIC_PAIRS:
                raise HeaderBlockError(f"indexed header {index}")
            name, value = _STATIC_PAIRS[index]
        elif first & 0xE0 == 0x20:
            reader.integer(5)  # a change of the table's size, which is zero here
            continue
        else:
            index = reader.integer(6 if first & 0x40 else 4)
            name = _STATIC_NAMES.get(index, f"static-{index}") if index else reader.text()
            value = reader.text()
        headers[name] = value
    return headers


class _Reader:
    def __init__(self, block: bytes) -> None:
        self._block = block
        self._position = 0

    @property
    def at_end(self) -> bool:
        return self._position >= len(self._block)

    def peek(self) -> int:
        return self._block[self._position]

    def integer(self, bits: int) -> int:
        limit = (1 << bits) - 1
        value = self._next() & limit
        if value < limit:
            return value
        shift = 0
        while True:
            byte = self._next()
            value += (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return value

    def text(self) -> str:
        if self.peek() & 0x80:
            raise HeaderBlockError("a text in the Huffman code")
        length = self.integer(7)
        start, self._position = self._position, self._position + length
        return self._block[start : self._position].decode("latin-1")

    def _next(self) -> int:
        byte = self._block[self._position]
        self._position += 1
        return byte
