"""The CPU time of other processes, and who runs where."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_PROCESS_CLOCK = 2


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and all its threads, ended ones too.

    The figure of /proc/PID/stat, in nanoseconds instead of clock ticks: the kernel's own clock of that process, by the id
    that clock_getcpuclockid(3) makes.
    """
    return time.clock_gettime((~pid << 3) | _PROCESS_CLOCK)


def resident_bytes(pid: int, *, peak: bool = False) -> int:
    """The memory of a process that is in RAM, now or at its peak."""
    name = "VmHWM:" if peak else "VmRSS:"
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    raise LookupError(f"the kernel does not say {name} of process {pid}")


def split_cpus() -> tuple[set[int], set[int]]:
    """CPUs for the servers and for the load, apart from each other where there are two or more."""
    every = sorted(os.sched_getaffinity(0))
    if len(every) == 1:
        return set(every), set(every)
    return {every[0]}, set(every[1:])


@contextmanager
def pinned(cpus: set[int]) -> Iterator[None]:
    """Run on these CPUs, and so does every process started meanwhile."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cpus)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def total_cpu(pids: Sequence[int]) -> float:
    """The CPU time of several processes together."""
    return sum(map(cpu_seconds, pids))


@dataclass(frozen=True, slots=True)
class _Moment:
    machine: float
    """CPU time that everything on the machine has used, kernel included."""
    ours: float
    """CPU time of this process and its ended children."""
    wall: float


class Neighbours:
    """What everything else on the machine takes meanwhile: it makes the figures scatter, and those of the bare server too."""

    def __init__(self) -> None:
        self._start = _moment()

    def share(self, pids: Sequence[int] = ()) -> float:
        """CPUs that others used since the start, on average; `pids` are processes of ours that still run."""
        now = _moment()
        ours = now.ours - self._start.ours + total_cpu(pids)
        return max(0.0, now.machine - self._start.machine - ours) / (now.wall - self._start.wall)


def _moment() -> _Moment:
    fields = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:]
    # user, nice, system, idle, iowait, irq, softirq: all but the two in which nothing runs.
    used = sum(map(int, fields[:7])) - int(fields[3]) - int(fields[4])
    ended = os.times()
    return _Moment(used / os.sysconf("SC_CLK_TCK"), sum(ended[:4]), time.monotonic())
