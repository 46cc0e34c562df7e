"""What operators did, for auditors: newest first, a page at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from idp.domain.operator import Role, number
from idp.services.audit import PAGE_ENTRIES
from idp.web.operator import door
from idp.web.site import read_query

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from idp.services.operator_sessions import OnDuty
    from idp.web.site import Site

_MOST_DIGITS = 10


def routes(site: Site) -> list[Route]:
    """Return the routes of this file."""

    async def show(request: Request, on_duty: OnDuty) -> Response:
        entries = await site.services.operations.audit.page(_before(read_query(request)))
        shown: dict[str, object] = {
            "section": "audit",
            "entries": [
                (entry, None if entry.operator_id is None else number(entry.operator_id))
                for entry in entries
            ],
            "older": entries[-1].position if len(entries) == PAGE_ENTRIES else None,
        }
        return door.render(site, request, on_duty, "audit", shown)

    guarded = door.operator_only(site, show, role=Role.AUDITOR)
    return [Route("/operator/audit", guarded, methods=["GET"])]


def _before(query: dict[str, str]) -> int | None:
    text = query.get("before", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None
