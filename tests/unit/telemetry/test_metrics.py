"""What the hot calls count comes out as if each had been counted by itself."""

import random

from prometheus_client import CollectorRegistry, generate_latest

from authsvc.telemetry.metrics import Metrics
from authsvc.v1.reason_pb2 import Reason


def samples(registry: CollectorRegistry, *names: str) -> dict[str, float]:
    """The series of these metrics, without the times at which they were made."""
    lines = generate_latest(registry).decode().splitlines()
    split = [line.rpartition(" ") for line in lines if line.startswith(names) and "_created" not in line]
    return {series: round(float(value), 6) for series, _, value in split}


def test_calls_are_counted_as_if_one_by_one() -> None:
    seed = random.randrange(2**32)
    print(f"SEED={seed}")
    numbers = random.Random(seed)
    tallied, observed = CollectorRegistry(), CollectorRegistry()
    metrics, reference = Metrics(tallied), Metrics(observed)
    tally = metrics.tally("Verify")
    # The edges of the buckets among them: a call that took just that long belongs below.
    edges = [0.0, 0.00005, 0.0001, 0.00025, 0.005, 1.0, 5.0, 60.0]
    for _ in range(3):
        for seconds in [*edges, *(numbers.expovariate(1000) for _ in range(500))]:
            tally.add(seconds)
            reference.seconds.labels("Verify").observe(seconds)
            reference.calls.labels("Verify", "OK").inc()
        metrics.flush()
        names = ("authsvc_calls", "authsvc_call_seconds")
        assert samples(tallied, *names) == samples(observed, *names)


def test_verdicts_are_counted_by_method_and_reason() -> None:
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    for method, reason, count in (
        ("Verify", Reason.REASON_OK, 3),
        ("Verify", Reason.REASON_EXPIRED, 2),
        ("BatchVerify", Reason.REASON_OK, 1),
    ):
        for _ in range(count):
            metrics.verdict(method, reason)
    assert samples(registry, "authsvc_verdicts") == {}
    for _ in range(2):
        metrics.flush()
        assert samples(registry, "authsvc_verdicts") == {
            'authsvc_verdicts_total{method="Verify",reason="OK"}': 3,
            'authsvc_verdicts_total{method="Verify",reason="EXPIRED"}': 2,
            'authsvc_verdicts_total{method="BatchVerify",reason="OK"}': 1,
        }


def test_a_flush_says_that_nothing_waits() -> None:
    metrics = Metrics(CollectorRegistry())
    metrics.is_flushed = False
    metrics.flush()
    assert metrics.is_flushed
