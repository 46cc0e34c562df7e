"""What an error page shows developers, and the same as plain text to paste into an issue.

Everything that came from outside is cut and shown with its invisible characters visible; the page
escapes it. The plain text is in English whatever the page's language: who reads it writes code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from idp.domain.mismatch import Basis, Kind
from idp.protocol import address, reference, told
from idp.protocol.causes import outcome
from idp.web.comparison import compare, visible
from idp.web.template_filters import utc
from idp.web.views import DeveloperView

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from idp.domain.mismatch import Mismatch
    from idp.domain.refusal import Refusal

_SENT: Final = ("client_id", "parameter")  # spaces are shown too, so that nobody's sentence is
_OURS: Final = ("limit", "problem", "why")
_MOST_OF_EACH: Final = 200
_MOST_LISTED: Final = 10


def developer_view(refusal: Refusal, *, every: bool) -> DeveloperView | None:
    """Return what developers need; None where no platform can do anything about it.

    ``every`` as in ``idp.protocol.address.seen``.
    """
    entry = reference.entry(refusal.cause)
    if entry.audience is not reference.Audience.PLATFORM:
        return None
    values = {
        name: visible(refusal.detail[name][:_MOST_OF_EACH], keep=" " if name in _OURS else "")
        for name in (*_SENT, *_OURS)
        if refusal.detail.get(name)
    }
    parameter = refusal.mismatch.name if refusal.mismatch else entry.parameter
    if parameter and parameter not in values:  # else its name stands there already
        values = {"parameter": parameter} | values
    meaning = outcome(refusal.cause).description
    if refusal.mismatch is None:
        return DeveloperView(meaning, values, entry.spec)
    return _beside(refusal.mismatch, meaning, values, entry.spec, every=every)


def _beside(
    found: Mismatch, meaning: str, values: Mapping[str, str], spec: str, *, every: bool
) -> DeveloperView:
    taken, elsewhere = found.taken, False
    if found.kind is Kind.ADDRESS:
        taken = address.seen(found.sent, found.taken, every=every)
        elsewhere = len(taken) < len(found.taken) and bool(found.sent)
    compared = found.kind is Kind.ADDRESS or found.basis is Basis.EXPECTED
    nearest = taken[0] if taken and found.sent and compared else None
    others = tuple(map(visible, taken if nearest is None else taken[1:]))
    return DeveloperView(
        meaning,
        values,
        spec,
        sent=visible(found.sent),
        basis=found.basis.value,
        comparison=None if nearest is None else compare(found.sent, nearest),
        slip="" if nearest is None else address.slip(found.sent, nearest),
        taken=others[:_MOST_LISTED],
        more=len(others[_MOST_LISTED:]),
        elsewhere=elsewhere,
    )


def report(
    refusal: Refusal, view: DeveloperView | None, *, request_id: str, at: int, issuer: str
) -> str:
    """Return the whole of it as lines of plain text; ``at`` in epoch seconds."""
    how = outcome(refusal.cause)
    lines = [
        ("code", refusal.cause.value),
        ("request id", request_id),
        ("time", utc(at)),
        ("provider", issuer),
        ("status", f"{how.status} {how.code}".strip()),
        *(_developer_lines(view) if view else ()),
        ("reference", told.reference(issuer, refusal.cause)),
    ]
    return "\n".join(f"{name}: {value}" for name, value in lines)


def _developer_lines(view: DeveloperView) -> Iterable[tuple[str, str]]:
    yield "meaning", view.meaning
    yield from view.values.items()
    if view.basis:
        yield "sent", view.sent or "(nothing)"
    if view.comparison is not None:
        yield view.basis, "".join(part for part, _ in view.comparison.registered)
        yield "first difference", _first(view)
    if view.slip:
        yield "likely", view.slip
    for one in view.taken:
        yield f"also {view.basis}" if view.comparison else view.basis, one
    if view.more:
        yield f"also {view.basis}", f"{view.more} more"
    if view.elsewhere and view.comparison is None:
        yield view.basis, "none on this host; addresses on other hosts are not shown"
    if view.spec:
        yield "specification", view.spec


def _first(view: DeveloperView) -> str:
    if view.comparison is None:
        return ""
    found = view.comparison
    sent, other = found.sent_there or "the end", found.registered_there or "the end"
    return f"character {found.position}: {sent} was sent, {other} is {view.basis}"
