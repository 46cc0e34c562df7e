"""A person's own history: by day, newest first, cleared at any time (promise P5)."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from msgspec import Struct
from starlette.routing import Route

from idp.domain.browser import Browser
from idp.web.account import door
from idp.web.account.naming import Platforms
from idp.web.site import read_form, read_query

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from idp.domain.activity import Event
    from idp.services.sessions import Account
    from idp.web.civil import Civil
    from idp.web.site import Site

PATH = "/account/activity"
CLEAR = f"{PATH}/clear"
PAGE_SIZE = 50
_NUMBER = re.compile(r"[0-9]{1,9}")


class EventView(Struct, frozen=True):
    """One event: ``happened`` is a key of ``words_account.HAPPENED``, ``acr`` of ``HOW``.

    ``name`` is that of a platform or a passkey, as somebody gave it, or empty; a passkey without
    one has a ``kind``. ``time`` is the time of day and ``at`` the moment in epoch seconds.
    """

    happened: str
    at: int
    time: str
    name: str
    kind: str
    acr: str
    browser: Browser | None


def routes(site: Site) -> list[Route]:
    """Return the routes of this file."""
    pages = ActivityPages(site)
    return [
        Route(PATH, door.signed_in(site, pages.show, then=PATH), methods=["GET"]),
        Route(CLEAR, door.just_signed_in(site, pages.ask, then=CLEAR), methods=["GET"]),
        Route(CLEAR, door.just_signed_in(site, pages.clear, then=CLEAR), methods=["POST"]),
    ]


class ActivityPages:
    """The endpoints of this file."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._services = site.services

    async def show(self, request: Request, account: Account) -> Response:
        """Show one page of the history."""
        site, services = self._site, self._services
        sectors = await services.clients.sectors()
        events = await services.activity.events(account.session.person_id, sectors)
        last = max(1, -(-len(events) // PAGE_SIZE))
        query = read_query(request)
        page = page_number(query.get("page", ""), last)
        civil = site.civil(request)
        platforms = await Platforms.known(site, civil.tag)
        shown = events[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
        return site.pages.render(
            request,
            "account/activity.html",
            {
                "signed_in": True,
                "section": "activity",
                "days": by_day(shown, civil, platforms),
                "newer": page - 1,
                "older": page + 1 if page < last else 0,
                "page": page,
                "pages": last,
                "kept_days": services.activity.kept_days,
                "zone": civil.zone_name(site.clock.now()),
                "cleared": "cleared" in query,
            },
        )

    async def ask(self, request: Request, account: Account) -> Response:
        """Ask whether the history is to go."""
        site = self._site
        shown: dict[str, object] = {
            "signed_in": True,
            "section": "activity",
            "csrf": door.token(site, request, account, "clear the history"),
        }
        response = site.pages.render(request, "account/activity_clear.html", shown)
        return site.remember_browser(request, response)

    async def clear(self, request: Request, account: Account) -> Response:
        """Delete the history. Just signed in: a thief must not wipe out their own traces."""
        form = await read_form(request)
        door.check(self._site, request, account, form, "clear the history")
        sectors = await self._services.clients.sectors()
        await self._services.activity.forget(account.session.person_id, sectors)
        return self._site.redirect(PATH, cleared="1")


def page_number(text: str, last: int) -> int:
    """Return the page asked for; the nearest there is for anything else."""
    return min(max(int(text), 1), last) if _NUMBER.fullmatch(text) else 1


def by_day(
    events: Sequence[Event], civil: Civil, platforms: Platforms
) -> list[tuple[str, list[EventView]]]:
    """Return events under the names of their days, in their order."""
    grouped = groupby(events, key=lambda event: civil.weekday_of(event.at))
    return [(day, [_view(event, civil, platforms) for event in some]) for day, some in grouped]


def _view(event: Event, civil: Civil, platforms: Platforms) -> EventView:
    detail = event.detail
    return EventView(
        happened=event.happened.value,
        at=event.at,
        time=civil.clock(event.at),
        name=platforms.name(event.sector, detail.get("client_id", ""))
        if event.sector
        else detail.get("passkey", ""),
        kind=detail.get("kind", ""),
        acr=detail.get("acr", ""),
        browser=_browser(detail),
    )


def _browser(detail: Mapping[str, str]) -> Browser | None:
    return Browser(detail["family"], detail["system"]) if "family" in detail else None
