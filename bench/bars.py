"""The limits that the service is held to, each with its figure from a run."""

from bench.results import Bar, Report

_MANY = 1_000_000


def bars_of(report: Report) -> list[Bar]:
    """The bars whose scenarios ran."""
    bars: list[Bar] = []

    def hold(text: str, figure: float, limit: float, unit: str) -> None:
        bars.append(Bar(text=text, figure=figure, limit=limit, unit=unit))

    for name, method in (("verify", "Verify"), ("check-scopes", "CheckScopes")):
        if (result := report.result(name)) is not None:
            hold(f"hot {method}, beside the bare server", result.ratio.median, 1.25, "×")
    if (result := report.result("batch-verify")) is not None:
        hold("BatchVerify of 100 hot tokens, a token", result.cpu.median, 12, "µs")
    if (result := report.result("first-seen")) is not None:
        hold("ES256 token never seen before, over the bare server", result.difference.median, 200, "µs")
    if (result := report.result("peer")) is not None:
        hold("hot Verify, beside oidc-provider's introspection", result.ratio.median, 1, "×")
    if look_ups := [look_up for look_up in report.look_ups if look_up.revocations == _MANY]:
        hold("revocation look-up among 10⁶, beside one among 10³", look_ups[0].ratio.median, 2, "×")
    if report.memory is not None and report.memory.revocations == _MANY:
        hold("10⁶ live revocations in a worker", report.memory.megabytes, 64, "MB")
    if (result := report.result("workers")) is not None:
        hold("a call with two workers, beside one", result.ratio.median, 1.15, "×")
    return bars + _policy(report) + _isolation(report)


def _policy(report: Report) -> list[Bar]:
    bars = [
        Bar(
            text=f"hot {method} under a rich policy, beside a plain one",
            figure=result.ratio.median,
            limit=1.05,
            unit="×",
        )
        for name, method in (("rich-verify", "Verify"), ("rich-check", "CheckScopes"))
        if (result := report.result(name)) is not None
    ]
    if report.applied is not None:
        text = f"ApplyTenant of {report.applied.operations:,} operations"
        bars.append(Bar(text=text, figure=report.applied.seconds.median, limit=2, unit="s"))
    return bars


def _isolation(report: Report) -> list[Bar]:
    if not report.lookalikes:
        return []
    furthest = max(abs(lookalike.difference.median) for lookalike in report.lookalikes)
    text = "an answer about another tenant's id, beside one about nobody's"
    return [Bar(text=text, figure=furthest, limit=20, unit="µs")]
