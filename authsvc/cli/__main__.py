"""`python -m authsvc.cli` is the command `authsvc`."""

import sys

from authsvc.cli.main import run

if __name__ == "__main__":
    sys.exit(run())
