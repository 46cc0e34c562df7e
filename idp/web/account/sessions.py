"""Where a person is signed in at the provider: which browser, since when; end one, or all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from starlette.routing import Route

from idp.services.end_session import Over
from idp.web.account import door
from idp.web.signout import signed_out
from idp.web.site import read_form, read_query

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from idp.domain.browser import Browser
    from idp.services.sessions import Account
    from idp.web.site import Site

PATH = "/account/sessions"
END = "end a session"
END_OTHERS = "end other sessions"
END_ALL = "end all sessions"
_SAID = frozenset({"one", "others"})


class SessionView(Struct, frozen=True):
    """One session; ``since`` and ``seen`` are in epoch seconds, ``acr`` a key of ``HOW``."""

    reference: str
    browser: Browser
    acr: str
    since: int
    seen: int
    this: bool


def routes(site: Site) -> list[Route]:
    """Return the routes of this file. Ending needs no fresh sign-in: it only ever protects."""
    pages = SessionPages(site)
    posted = {"end": pages.end, "end-others": pages.end_others, "end-all": pages.end_all}
    return [
        Route(PATH, door.signed_in(site, pages.show, then=PATH), methods=["GET"]),
        *(
            Route(f"{PATH}/{name}", door.signed_in(site, page, then=PATH), methods=["POST"])
            for name, page in posted.items()
        ),
    ]


class SessionPages:
    """The endpoints of this file."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._sessions = site.services.sessions

    async def show(self, request: Request, account: Account) -> Response:
        """List the sessions, this one first."""
        site, now, civil = self._site, self._site.clock.now(), self._site.civil(request)
        every = [
            SessionView(
                reference=session.reference,
                browser=session.browser,
                acr=session.authentication.acr,
                since=session.authentication.time,
                seen=session.seen,
                this=session.digest == account.session.digest,
            )
            for session in await self._sessions.of(account.session.person_id)
        ]
        said = read_query(request).get("said")
        response = site.pages.render(
            request,
            "account/sessions.html",
            {
                "signed_in": True,
                "section": "sessions",
                "sessions": sorted(every, key=lambda session: not session.this),
                "civil": civil,
                "zone": civil.zone_name(now),
                "said": said if said in _SAID else None,
                "csrf": {
                    act: door.token(site, request, account, act)
                    for act in (END, END_OTHERS, END_ALL)
                },
            },
        )
        return site.remember_browser(request, response)

    async def end(self, request: Request, account: Account) -> Response:
        """End one session; the page of a session that is gone by now says the same."""
        form = await self._checked(request, account, END)
        reference = form.get("session", "")
        await self._sessions.end_one(account.session.person_id, reference)
        if reference == account.session.reference:
            told = tuple(visit.client_id for visit in account.session.visits)
            return signed_out(self._site, request, Over(told))
        return self._site.redirect(PATH, said="one")

    async def end_others(self, request: Request, account: Account) -> Response:
        """End every session but this one."""
        await self._checked(request, account, END_OTHERS)
        await self._sessions.end_others(account.session)
        return self._site.redirect(PATH, said="others")

    async def end_all(self, request: Request, account: Account) -> Response:
        """End every session, this one too."""
        await self._checked(request, account, END_ALL)
        told = await self._sessions.end_all(account.session.person_id)
        return signed_out(self._site, request, Over(tuple(told), everywhere=True))

    async def _checked(self, request: Request, account: Account, act: str) -> dict[str, str]:
        form = await read_form(request)
        door.check(self._site, request, account, form, act)
        return form
