"""Time as an argument: what the service knows of the hour comes through here, so that tests can turn it."""

import time
from collections.abc import Callable

Clock = Callable[[], float]
"""Returns the seconds since the Unix epoch, with a fraction."""

system_clock: Clock = time.time
