"""A server whose workers have a fault planted in them: `python -m tests.faults.planted_server FAULT`.

Its settings come from the environment. FAULT is one of tests.faults.planted_worker.
"""

import os
import sys

from authsvc.app import supervisor
from authsvc.app.serving import serve
from authsvc.app.workers import WorkerProgram
from authsvc.config import load_settings
from authsvc.errors import ConfigurationError
from tests.faults import planted_worker


def main(fault: str) -> int:
    if "PLANT_SHORT_PAUSES" in os.environ:
        # For tests that kill workers again and again on purpose.
        supervisor._LONGEST_PAUSE = supervisor._FIRST_PAUSE
    try:
        command = (sys.executable, "-m", "tests.faults.planted_worker", fault)
        return serve(load_settings(), worker=WorkerProgram(command, lambda: planted_worker.main(fault)))
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 78


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
