"""Why a measurement does not come about."""


class BenchError(Exception):
    """Something that no figure survives. The message says what, and ends the run."""


class LoadError(BenchError):
    """A connection or a call failed."""


class WrongAnswerError(BenchError):
    """An answer is not what it must be, so what it cost is of no interest."""


class ServerError(BenchError):
    """A server did not start."""


class PeerMissingError(Exception):
    """The peer cannot be measured on this machine; everything else can."""
