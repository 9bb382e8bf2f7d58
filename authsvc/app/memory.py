"""Gives back to the system what a flood has left behind: the C library keeps the memory that was freed."""

import ctypes
import resource
from pathlib import Path

_MUCH = 16 << 20
_STATM = Path("/proc/self/statm")


def _resident_bytes() -> int:
    return int(_STATM.read_text(encoding="ascii").split()[1]) * resource.getpagesize()


class FreedMemory:
    """The memory that this process has freed and not given back."""

    def __init__(self) -> None:
        # Only the GNU C library has it, and only it needs it.
        self._trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        self._resident = _resident_bytes() if self._trim is not None else 0

    def give_back(self) -> None:
        """Give it back if the process has grown much since the last time. It may take some milliseconds."""
        if self._trim is not None and _resident_bytes() > self._resident + _MUCH:
            self._trim(0)
            self._resident = _resident_bytes()
