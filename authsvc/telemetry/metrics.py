"""Prometheus metrics, by method, verdict and reason. With several workers they are summed by the process that serves them."""

from bisect import bisect_left
from collections import defaultdict

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from authsvc.v1.reason_pb2 import Reason

_BUCKETS = (0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)


class CallTally:
    """The successful calls of one hot method since the last flush, in plain numbers: a metric takes ten times as long."""

    __slots__ = ("_buckets", "_calls", "_histogram", "_seconds")

    def __init__(self, calls: Counter, seconds: Histogram) -> None:
        self._calls = calls
        self._histogram = seconds
        self._clear()

    def _clear(self) -> None:
        self._buckets = [0] * (len(_BUCKETS) + 1)
        self._seconds = 0.0

    def add(self, seconds: float) -> None:
        """Count a call that took so long."""
        self._buckets[bisect_left(_BUCKETS, seconds)] += 1
        self._seconds += seconds

    def flush(self) -> None:
        """Add what was counted to the metrics."""
        calls = sum(self._buckets)
        if not calls:
            return
        # There is no public way to add many observations at once.
        for bucket, count in zip(self._histogram._buckets, self._buckets, strict=True):  # noqa: SLF001
            if count:
                bucket.inc(count)
        self._histogram._sum.inc(self._seconds)  # noqa: SLF001
        self._calls.inc(calls)
        self._clear()


class Metrics:
    """What is counted. Label values are methods of the contract, status names and reasons: never a caller's text."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.calls = Counter(
            "authsvc_calls", "Calls, by method and gRPC status.", ("method", "code"), registry=registry
        )
        self.verdicts = Counter(
            "authsvc_verdicts", "Decided tokens, by method and reason.", ("method", "reason"), registry=registry
        )
        self.errors = Counter(
            "authsvc_errors", "Refused calls, by method and error reason.", ("method", "reason"), registry=registry
        )
        self.seconds = Histogram(
            "authsvc_call_seconds", "Time in the service, by method.", ("method",), buckets=_BUCKETS, registry=registry
        )
        self.revision = Gauge(
            "authsvc_revision",
            "The newest change that a worker has taken up.",
            registry=registry,
            multiprocess_mode="min",
        )
        self.revoked_tokens = Gauge(
            "authsvc_revoked_tokens",
            "Revoked token ids that a worker holds in memory.",
            registry=registry,
            multiprocess_mode="max",
        )
        self.stall = Gauge(
            "authsvc_event_loop_stall_seconds",
            "The longest time that the event loop of a worker, or its thread of calls, was held up since the last reading.",
            registry=registry,
            multiprocess_mode="max",
        )
        self.dropped_decisions = Counter(
            "authsvc_decision_log_dropped", "Lines of the decision log that were dropped.", registry=registry
        )
        self.audit_broken = Gauge(
            "authsvc_audit_chain_broken",
            "1 while the chain of the audit log does not end as it was sealed, so that nothing more is sealed.",
            registry=registry,
            multiprocess_mode="max",
        )
        self.jwks_fetches = Counter(
            "authsvc_jwks_fetches",
            "Fetches of key sets of trusted issuers, by outcome: ok, or why not.",
            ("outcome",),
            registry=registry,
        )
        self.jwks_seconds = Gauge(
            "authsvc_jwks_age_seconds",
            "How long ago the key set of a trusted issuer was fetched that is the oldest in a worker.",
            registry=registry,
            multiprocess_mode="max",
        )
        self._verdicts: defaultdict[tuple[str, Reason], int] = defaultdict(int)
        self._tallies: list[CallTally] = []
        self.is_flushed = True
        """Whether nothing waits for a flush, as far as those know who count calls: they turn it off."""

    def tally(self, method: str) -> CallTally:
        """A new tally of a hot method."""
        tally = CallTally(self.calls.labels(method, "OK"), self.seconds.labels(method))
        self._tallies.append(tally)
        return tally

    def verdict(self, method: str, reason: Reason) -> None:
        """Count a decided token. It is seen after the next flush."""
        self._verdicts[method, reason] += 1

    def jwks_fetched(self, outcome: str) -> None:
        """Count a fetch of a key set by its outcome, one of a fixed list."""
        self.jwks_fetches.labels(outcome).inc()

    def jwks_age(self, seconds: float) -> None:
        """Say how old the oldest key set is that still verifies."""
        self.jwks_seconds.set(seconds)

    def flush(self) -> None:
        """Add to the metrics what the hot calls have counted since the last time."""
        self.is_flushed = True
        for tally in self._tallies:
            tally.flush()
        for (method, reason), count in self._verdicts.items():
            self.verdicts.labels(method, Reason.Name(reason).removeprefix("REASON_")).inc(count)
        self._verdicts.clear()
