"""Draws a run as a picture: plain SVG, readable on a light and on a dark page."""

from dataclasses import dataclass
from html import escape

from bench.results import Report

_WIDTH = 760
_LABEL = 250
_RIGHT = 110
_ROW = 34
_BAR = 18
_TOP = 64
_FOOT = 56
_STEPS = (10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000)
_MOST_LINES = 8

# Without a media query a viewer shows the light colours, which have contrast enough on a dark page too.
_STYLE = """
text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #24292f; }
.page { fill: #ffffff; }
.head { font-size: 15px; font-weight: 600; }
.small { font-size: 11px; fill: #57606a; }
.line { stroke: #d0d7de; stroke-width: 1; }
.bare { fill: #8c959f; }
.ours { fill: #0969da; }
.peer { fill: #bf8700; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .page { fill: #0d1117; }
  .small { fill: #9198a1; }
  .line { stroke: #30363d; }
  .bare { fill: #6e7681; }
  .ours { fill: #4493f8; }
  .peer { fill: #d29922; }
}
"""


@dataclass(frozen=True, slots=True)
class _Bar:
    """One bar: CPU in µs, and whose it is."""

    label: str
    cpu: float
    kind: str = "ours"

    @property
    def figure(self) -> str:
        digits = 1 if self.cpu < 100 else 0
        return f"{self.cpu:.{digits}f} µs"


def _bars(report: Report) -> list[_Bar]:
    rows: list[_Bar] = []
    verify = report.result("verify")
    if verify is not None:
        rows.append(_Bar("bare grpc.aio server, same bytes", verify.reference_cpu.median, "bare"))
    labels = {
        "verify": "Verify, hot",
        "check-scopes": "CheckScopes, hot",
        "first-seen": "Verify, ES256 never seen before",
        "batch-verify": "BatchVerify of 100, a token",
    }
    for name, label in labels.items():
        result = report.result(name)
        if result is not None:
            rows.append(_Bar(label, result.cpu.median))
    peer = report.result("peer")
    if peer is not None:
        rows.append(_Bar("oidc-provider, introspection", peer.reference_cpu.median, "peer"))
    return rows


def _step(most: float) -> int:
    return next((step for step in _STEPS if most / step <= _MOST_LINES), _STEPS[-1])


def draw(report: Report) -> str:
    """The picture of a report: CPU of the server process for each call, by scenario."""
    rows = _bars(report)
    height = _TOP + _ROW * len(rows) + _FOOT
    most = max((row.cpu for row in rows), default=1.0)
    scale = (_WIDTH - _LABEL - _RIGHT) / most
    bottom = _TOP + _ROW * len(rows)
    described = "; ".join(f"{row.label}: {row.figure}" for row in rows)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" role="img">',
        "<title>CPU of the server for each call</title>",
        f"<desc>{escape(described)}</desc>",
        f"<style>{_STYLE}</style>",
        f'<rect class="page" width="{_WIDTH}" height="{height}" rx="6"/>',
        '<text class="head" x="16" y="26">CPU of the server process for each call (median)</text>',
        *_legend(any(row.kind == "peer" for row in rows)),
    ]
    step = _step(most)
    for value in range(0, int(most) + 1, step):
        x = _LABEL + value * scale
        parts.append(f'<line class="line" x1="{x:.1f}" y1="{_TOP - 4}" x2="{x:.1f}" y2="{bottom}"/>')
        parts.append(f'<text class="small" x="{x:.1f}" y="{bottom + 14}" text-anchor="middle">{value}</text>')
    for position, row in enumerate(rows):
        parts += _row(row, _TOP + _ROW * position, scale)
    parts.append(f'<text class="small" x="16" y="{height - 14}">{escape(_footer(report))}</text>')
    parts.append("</svg>")
    return "\n".join(parts) + "\n"


def _row(row: _Bar, y: int, scale: float) -> list[str]:
    top = y + (_ROW - _BAR) // 2
    base = top + _BAR - 5
    width = row.cpu * scale
    bars = [
        f'<text x="{_LABEL - 10}" y="{base}" text-anchor="end">{escape(row.label)}</text>',
        f'<rect class="{row.kind}" x="{_LABEL}" y="{top}" width="{width:.1f}" height="{_BAR}"/>',
    ]
    bars.append(f'<text x="{_LABEL + width + 8:.1f}" y="{base}">{row.figure}</text>')
    return bars


def _legend(with_peer: bool) -> list[str]:
    entries = [("bare", "checks nothing"), ("ours", "authsvc")]
    if with_peer:
        entries.append(("peer", "npm oidc-provider"))
    parts: list[str] = []
    x = 16
    for kind, text in entries:
        parts.append(f'<rect class="{kind}" x="{x}" y="38" width="10" height="10"/>')
        parts.append(f'<text class="small" x="{x + 15}" y="47">{text}</text>')
        x += 30 + 6 * len(text)
    return parts


def _footer(report: Report) -> str:
    return "µs. " + ", ".join(report.machine.get(name, "") for name in ("cpu", "cpus", "python", "grpcio", "date"))
