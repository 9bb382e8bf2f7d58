"""Prometheus metrics, by method, verdict and reason. With several workers they are summed by the process that serves them."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from authsvc.v1.reason_pb2 import Reason

_BUCKETS = (0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)


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
            "The longest time that the event loop of a worker was held up since the last reading.",
            registry=registry,
            multiprocess_mode="max",
        )
        self._verdicts: dict[tuple[str, int], Counter] = {}

    def verdict(self, method: str, reason: Reason, count: int = 1) -> None:
        """Count a decided token. The child is remembered: looking it up by labels costs more than counting."""
        name = (method, reason)
        child = self._verdicts.get(name)
        if child is None:
            child = self._verdicts[name] = self.verdicts.labels(method, Reason.Name(reason).removeprefix("REASON_"))
        child.inc(count)
