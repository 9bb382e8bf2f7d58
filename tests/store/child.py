"""What the tests run as processes of their own: `python -m tests.store.child COMMAND DATA_DIR [ARGUMENT ...]`.

A child says "ready", waits for a line, does its work, and prints what came of it.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic import op

from authsvc.store import migrate, store, writer
from authsvc.store.opening import open_store
from tests.store.builders import AUDIT, TurnableClock, of_token, record


def die(*_: Any, **__: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def open_and_tell(data_dir: Path) -> None:
    """Print the store's id."""
    opened = open_store(data_dir, clock=TurnableClock())
    print(opened.store_id)
    opened.close()


def write(data_dir: Path, prefix: str, count: str) -> None:
    """Issue and revoke; print the highest revision that was acknowledged."""
    opened = open_store(data_dir, clock=TurnableClock(), busy_timeout=10)

    async def work() -> int:
        revision = 0
        for number in range(int(count)):
            name = f"{prefix}-{number}"
            if number % 2:
                await opened.tokens.issue(record(name), None, AUDIT)
            else:
                revision = (await opened.tokens.revoke(of_token(name), AUDIT)).revision
                assert opened.revision.value >= revision
        return revision

    print(asyncio.run(work()))
    opened.close()


def die_in_migration(data_dir: Path, step: str) -> None:
    """Be killed before the given operation of the migration, or before its commit."""
    left = int(step)

    def counting(operation: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any, **options: Any) -> Any:
            nonlocal left
            left -= 1
            return die() if left < 0 else operation(*arguments, **options)

        return counted

    for name in ("create_table", "create_index", "bulk_insert"):
        setattr(op, name, counting(getattr(op, name)))
    upgrade = migrate._upgrade

    def upgrade_and_die(*arguments: Any) -> None:
        upgrade(*arguments)
        print("survived", left)
        sys.stdout.flush()
        die()

    setattr(migrate, "_upgrade", upgrade_and_die)  # noqa: B010 (a plant, not an assignment that types should follow)
    open_store(data_dir)


def die_in_revoke(data_dir: Path, point: str) -> None:
    """Revoke `first` and be answered; then be killed at that point of revoking `second`."""
    opened = open_store(data_dir, clock=TurnableClock())

    def in_order_until(at: str) -> Callable[..., None]:
        def in_order(
            transaction: Any, outcome: Any, publish: Callable[[int], None], acknowledge: Callable[[Any], None]
        ) -> None:
            for name, step in (
                ("commit", transaction.commit),
                ("publish", lambda: publish(outcome.revision)),
                ("answer", lambda: acknowledge(outcome.result)),
            ):
                if name == at:
                    die()
                step()

        return in_order

    async def work() -> None:
        await opened.tokens.revoke(of_token("first"), AUDIT)
        print("answered", flush=True)
        if point == "begin":
            setattr(store, "write_revocation", die)  # noqa: B010 (a plant)
        elif point == "audit":
            setattr(store, "append_audit", die)  # noqa: B010 (a plant)
        else:
            setattr(writer, "commit_publish_acknowledge", in_order_until(point))  # noqa: B010 (a plant)
        await opened.tokens.revoke(of_token("second"), AUDIT)

    asyncio.run(work())


COMMANDS: dict[str, Callable[..., None]] = {
    "open": open_and_tell,
    "write": write,
    "die-in-migration": die_in_migration,
    "die-in-revoke": die_in_revoke,
}

if __name__ == "__main__":
    command, directory, *rest = sys.argv[1:]
    print("ready", flush=True)
    sys.stdin.readline()
    COMMANDS[command](Path(directory), *rest)
