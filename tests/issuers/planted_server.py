"""A development server that fetches key sets without a limit for unknown kids: `python -m tests.issuers.planted_server`.

Its workers run the same module, with "worker" as argument.
"""

import sys

from authsvc.app import worker_process
from authsvc.app.serving import serve
from authsvc.app.workers import WorkerProgram
from authsvc.config import load_settings
from authsvc.issuers import schedule, shared


def main() -> int:
    """Serve, or be a worker with the fault."""
    if sys.argv[1:] == ["worker"]:
        return worker()
    command = (sys.executable, "-m", "tests.issuers.planted_server", "worker")
    return serve(load_settings(dev=True), worker=WorkerProgram(command, worker))


def worker() -> int:
    for module in (schedule, shared):
        vars(module)["MISS_SECONDS"] = 0.0
    return worker_process.main()


if __name__ == "__main__":
    sys.exit(main())
