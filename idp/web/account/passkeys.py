"""A person's passkeys: what there are, what they are called, one more, one less.

Looking is open to whoever is signed in; every change needs a sign-in within two minutes, and the
page offers changes only then, so that no form is filled in for nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from starlette.routing import Route

from idp.domain.passkey import MAX_NAME, MAX_PASSKEYS
from idp.domain.passkey import mark as mark_of
from idp.domain.refusal import Cause, Refusal
from idp.protocol.webauthn import Where
from idp.services.ceremonies import Answered
from idp.web.account import door, this_device
from idp.web.site import note, read_form, read_query
from idp.web.words_passkeys import SAID

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from idp.domain.passkey import Passkey
    from idp.services.sessions import Account
    from idp.web.site import Site

LIST = "/account/passkeys"
ADD = f"{LIST}/add"
WHERE = {
    ADD: Where.ANYWHERE,
    f"{ADD}/here": Where.HERE,
    f"{ADD}/security-key": Where.PROVED_HARDWARE,
}
_SHOWN_AGAIN = frozenset({Cause.PASSKEY_GONE, Cause.PASSKEY_IS_THE_LAST, Cause.PASSKEYS_TOO_MANY})


def routes(site: Site) -> list[Route]:
    """Return the routes of this file."""
    pages = PasskeyPages(site)
    adding = [
        route
        for path, where in WHERE.items()
        if where is not Where.PROVED_HARDWARE or site.services.passkeys.can_prove_hardware
        for route in (
            Route(path, door.just_signed_in(site, pages.add, then=path), methods=["GET"]),
            Route(path, door.just_signed_in(site, pages.added, then=path), methods=["POST"]),
        )
    ]
    return [
        Route(LIST, door.signed_in(site, pages.show, then=LIST), methods=["GET"]),
        _posting(site, f"{LIST}/rename", pages.rename),
        _posting(site, f"{LIST}/remove", pages.remove),
        *adding,
    ]


def _posting(site: Site, path: str, page: door.Page) -> Route:
    return Route(path, door.just_signed_in(site, page, then=LIST), methods=["POST"])


class PasskeyView(Struct, frozen=True):
    """One passkey as the page shows it; days are days since the epoch."""

    id: str
    name: str
    kind: str
    created_day: int
    used_day: int | None
    suspicious_day: int | None
    can_sync: bool
    synced: bool
    hardware: bool
    in_use: bool


class PasskeyPages:
    """The endpoints of this file."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._passkeys = site.services.passkeys

    async def show(self, request: Request, account: Account) -> Response:
        """List the passkeys, with what can be done to each."""
        return await self._list(request, account)

    async def rename(self, request: Request, account: Account) -> Response:
        """Give a passkey another name."""
        form = await read_form(request)
        door.check(self._site, request, account, form, "rename a passkey")
        try:
            await self._passkeys.rename(
                account.session.person_id, door.chosen(form, "passkey"), form.get("name", "")
            )
        except Refusal as refusal:
            return await self._refused(request, account, refusal)
        return self._site.redirect(LIST, said="renamed")

    async def remove(self, request: Request, account: Account) -> Response:
        """Remove a passkey, unless it is the last."""
        form = await read_form(request)
        door.check(self._site, request, account, form, "remove a passkey")
        try:
            await self._passkeys.remove(account.session, door.chosen(form, "passkey"))
        except Refusal as refusal:
            return await self._refused(request, account, refusal)
        return self._site.redirect(LIST, said="removed")

    async def add(self, request: Request, account: Account) -> Response:
        """Show the page that makes one more passkey."""
        return await self._adding(request, account)

    async def added(self, request: Request, account: Account) -> Response:
        """Keep the passkey just made."""
        site = self._site
        form = await read_form(request)
        door.check(site, request, account, form, "add a passkey")
        answered = Answered(
            site.browser(request), form.get("challenge", ""), form.get("credential", "")
        )
        agent, where = request.headers.get("user-agent", ""), WHERE[request.scope["path"]]
        try:
            await self._passkeys.finish_adding(answered, account.session, where, agent=agent)
        except Refusal as refusal:
            if refusal.cause is not Cause.PASSKEY_REFUSED:
                return await self._refused(request, account, refusal)
            note(request, refusal)
            unproved = where is Where.PROVED_HARDWARE
            notice = "hardware_unproved" if unproved else "passkey_refused"
            return await self._adding(request, account, notice=notice, status=400)
        response = site.redirect(LIST, said="added")
        return this_device.settled(site, response)

    async def _refused(self, request: Request, account: Account, refusal: Refusal) -> Response:
        if refusal.cause not in _SHOWN_AGAIN:
            raise refusal
        note(request, refusal)
        return await self._list(request, account, notice=refusal.cause.value, status=409)

    async def _list(
        self, request: Request, account: Account, *, notice: str | None = None, status: int = 200
    ) -> Response:
        site = self._site
        known = await self._passkeys.of_person(account.session.person_id)
        said = read_query(request).get("said", "") if request.method == "GET" else ""
        shown: dict[str, object] = {
            "signed_in": True,
            "section": "passkeys",
            "passkeys": [_view(passkey, account) for passkey in known],
            "may_change": (fresh := door.is_fresh(site, account)),
            "accepted": await self._passkeys.accepted(account.session.person_id) if fresh else {},
            "may_add": len(known) < MAX_PASSKEYS,
            "may_prove": self._passkeys.can_prove_hardware,
            "max_name": MAX_NAME,
            "said": said if said in SAID else "",
            "notice": notice,
            "rename_csrf": door.token(site, request, account, "rename a passkey"),
            "remove_csrf": door.token(site, request, account, "remove a passkey"),
            "back": LIST,
        } | this_device.offer(site, request, account)
        response = site.pages.render(request, "account/passkeys.html", shown, status=status)
        return site.remember_browser(request, response)

    async def _adding(
        self, request: Request, account: Account, *, notice: str | None = None, status: int = 200
    ) -> Response:
        site, path = self._site, request.scope["path"]
        try:
            ceremony = await self._passkeys.start_adding(
                site.browser(request), account.session, WHERE[path]
            )
        except Refusal as refusal:
            return await self._refused(request, account, refusal)
        shown: dict[str, object] = {
            "signed_in": True,
            "section": "passkeys",
            "csrf": door.token(site, request, account, "add a passkey"),
            "challenge": ceremony.challenge,
            "options": ceremony.options,
            "where": WHERE[path].value,
            "path": path,
            "notice": notice,
            "back": path,
        }
        response = site.pages.render(request, "account/passkey_add.html", shown, status=status)
        return site.remember_browser(request, response)


def _view(passkey: Passkey, account: Account) -> PasskeyView:
    return PasskeyView(
        id=passkey.id.hex(),
        name=passkey.facts.name,
        kind=passkey.facts.kind.value,
        created_day=passkey.created_day,
        used_day=passkey.facts.used_day,
        suspicious_day=passkey.facts.suspicious_day,
        can_sync=passkey.can_sync,
        synced=passkey.synced,
        hardware=passkey.hardware,
        in_use=account.session.authentication.passkey == mark_of(passkey.credential_id),
    )
