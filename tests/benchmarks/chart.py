"""One chart, as SVG: bars of CPU time, readable in light and in dark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

_WIDTH, _LEFT, _RIGHT = 720, 190, 70
_ROW, _BAR, _TOP, _FOOT = 40, 22, 76, 44
_STEPS: Final = (0.1, 0.2, 0.25, 0.5, 1, 2, 2.5, 5, 10, 20)
_MOST_LINES: Final = 6
_STYLE: Final = """
  text { font: 14px system-ui, sans-serif; fill: #1f2328 }
  .title { font-size: 16px; font-weight: 600 }
  .quiet { fill: #59636e; font-size: 12px }
  .end { text-anchor: end } .middle { text-anchor: middle }
  .paper { fill: #ffffff } .line { stroke: #d1d9e0 }
  .server { fill: #0969da } .peer { fill: #818b98 } .database { fill: #bf8700 }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .quiet { fill: #9198a1 }
    .paper { fill: #0d1117 } .line { stroke: #3d444d }
    .server { fill: #4493f8 } .peer { fill: #9198a1 } .database { fill: #d29922 }
  }
"""


@dataclass(frozen=True)
class Bar:
    """One row: what our processes, or the peer's, and the database's take."""

    label: str
    server: float
    database: float
    ours: bool

    @property
    def whole(self) -> float:
        return self.server + self.database


def step_of(most: float) -> float:
    """Return the distance between two grid lines, so that there are few of them."""
    return next((one for one in _STEPS if most / one <= _MOST_LINES), most)


def draw(title: str, unit: str, bars: Sequence[Bar]) -> str:
    """Return the chart."""
    most = max((bar.whole for bar in bars), default=0) or 1
    step = step_of(most)
    scale = (_WIDTH - _LEFT - _RIGHT) / (step * -(-most // step))
    height, foot = _TOP + _ROW * len(bars) + _FOOT, _TOP + _ROW * len(bars)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style>",
        f'<rect class="paper" width="{_WIDTH}" height="{height}"/>',
        f'<text class="title" x="16" y="28">{escape(title)}</text>',
        *_legend(),
    ]
    for number in range(int(-(-most // step)) + 1):
        x = _LEFT + number * step * scale
        lines += [
            f'<line class="line" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP - 8}" y2="{foot}"/>',
            f'<text class="quiet middle" x="{x:.1f}" y="{foot + 16}">{number * step:g}</text>',
        ]
    for place, bar in enumerate(bars):
        lines += _row(bar, _TOP + place * _ROW, scale)
    lines.append(f'<text class="quiet" x="{_LEFT}" y="{foot + 34}">{escape(unit)}</text>')
    return "\n".join([*lines, "</svg>", ""])


def _row(bar: Bar, y: float, scale: float) -> list[str]:
    server, database = bar.server * scale, bar.database * scale
    kind, middle = "server" if bar.ours else "peer", y + _BAR / 2 + 5
    drawn = [
        f'<text class="end" x="{_LEFT - 10}" y="{middle}">{escape(bar.label)}</text>',
        f'<rect class="{kind}" x="{_LEFT}" y="{y}" width="{server:.1f}" height="{_BAR}"/>',
    ]
    if database:
        x = _LEFT + server
        drawn.append(
            f'<rect class="database" x="{x:.1f}" y="{y}" width="{database:.1f}" height="{_BAR}"/>'
        )
    x = _LEFT + server + database + 8
    return [*drawn, f'<text x="{x:.1f}" y="{middle}">{bar.whole:.2f}</text>']


def _legend() -> list[str]:
    kinds = (("server", "ours"), ("peer", "Node oidc-provider"), ("database", "the database"))
    drawn, x = [], 16
    for kind, text in kinds:
        drawn.append(f'<rect class="{kind}" x="{x}" y="42" width="12" height="12"/>')
        drawn.append(f'<text class="quiet" x="{x + 18}" y="52">{text}</text>')
        x += 44 + 7 * len(text)
    return drawn
