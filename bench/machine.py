"""On what a run ran, for whoever reads its figures later."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path


def describe_machine() -> dict[str, str]:
    """The CPU, how many of them, how busy they were, and the versions that matter."""
    return {
        "cpu": _cpu_name(),
        "cpus": f"{len(os.sched_getaffinity(0))} CPUs",
        "load": f"{os.getloadavg()[0]:.1f}",
        "kernel": platform.release(),
        "python": f"Python {platform.python_version()}",
        "grpcio": f"grpcio {version('grpcio')}",
        "date": f"{datetime.now(tz=UTC):%Y-%m-%d}",
    }


def _cpu_name() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()
