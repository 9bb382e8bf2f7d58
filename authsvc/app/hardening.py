"""What a process that holds keys does first."""

import resource


def forbid_core_dumps() -> None:
    """Leave no image of the memory behind: it holds opened keys."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
