"""The composition root: builds the parts once, starts, drains, stops. The only place that knows everybody.

`serving.serve` runs a supervisor with its worker processes; `admin_key.bootstrap` and `admin_key.recover` work beside a
store that no server uses. Nothing is imported here, so that a worker loads no more than it needs.
"""

import os

# The core of grpc writes lines of its own beside the log, one for each odd entry that any peer sends. It looks at this once,
# when it is imported, which all modules here come before.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")
# Without this, threads of grpc's own attend to the sockets and hand over to the one that waits for calls, which takes a third more
# for each call. Where a release of grpc no longer knows the name, that is what happens.
os.environ.setdefault("GRPC_EXPERIMENTS", "-event_engine_listener")
