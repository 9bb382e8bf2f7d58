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
        self._least = _resident_bytes() if self._trim is not None else 0

    def give_back(self) -> None:
        """Give it back if the process is much larger than it has ever been after that. It may take some milliseconds."""
        if self._trim is not None and _resident_bytes() > self._least + _MUCH:
            self._trim(0)
            # What is in use in the middle of a flood is freed soon, so it is no measure of what is to stay.
            self._least = min(self._least, _resident_bytes())
