"""A terminal for a command: what it writes there is read back as a person would see it."""

import os
import pty
import select
import subprocess
from collections.abc import Mapping, Sequence


def run_in_terminal(command: Sequence[str], environment: Mapping[str, str], typed: str = "") -> tuple[int, str]:
    """Run the command with a pseudo-terminal for all three streams; returns its exit code and what it wrote."""
    controller, terminal = pty.openpty()
    try:
        process = subprocess.Popen(command, env=dict(environment), stdin=terminal, stdout=terminal, stderr=terminal)
        os.close(terminal)
        if typed:
            os.write(controller, typed.encode())
        screen = bytearray()
        while True:
            if not select.select([controller], [], [], 60)[0]:
                process.kill()
                raise TimeoutError(screen.decode())
            try:
                block = os.read(controller, 65536)
            except OSError:
                # Linux says EIO once nobody holds the other side any more.
                break
            if not block:
                break
            screen += block
        return process.wait(timeout=30), screen.decode()
    finally:
        os.close(controller)
