"""What the supervisor and its workers say to each other."""

from pydantic import BaseModel, Field

READY = "ready"
UNREADY = "unready"
EXIT_CONFIGURATION = 78
"""A worker that cannot start as it is configured; starting it again would not help."""


class Orders(BaseModel):
    """What the supervisor tells a worker at its start, one line of JSON on its standard input."""

    index: int
    settings: dict[str, object]
    sealing_key: str = Field(default="", repr=False)
    """The sealing key where it came from the environment, which workers do not inherit it by."""
    store_id: str
    """The store that all workers of a server share: one that starts later takes no other, and makes none."""
