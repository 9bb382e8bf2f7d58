"""What a process that holds keys does first."""

import resource


def forbid_core_dumps() -> None:
    """Leave no image of the memory behind: it holds opened keys."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def take_all_descriptors() -> None:
    """Have as many connections as the system grants, not as many as it suggests: often that is only 1024."""
    _, granted = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (granted, granted))
