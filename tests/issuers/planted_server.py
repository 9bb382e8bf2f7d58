"""A development server that fetches key sets without a limit for unknown kids: `python -m tests.issuers.planted_server`.

Its workers run the same module, with "worker" as argument.
"""

import sys

from authsvc.app import worker_process
from authsvc.app.serving import serve
from authsvc.config import load_settings
from authsvc.issuers import schedule, shared


def main() -> int:
    """Serve, or be a worker with the fault."""
    if sys.argv[1:] == ["worker"]:
        for module in (schedule, shared):
            vars(module)["MISS_SECONDS"] = 0.0
        return worker_process.main()
    return serve(
        load_settings(dev=True), worker_command=(sys.executable, "-m", "tests.issuers.planted_server", "worker")
    )


if __name__ == "__main__":
    sys.exit(main())
