"""The world of the reference model: one person's browser, three clients of three kinds, one API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from tests.support import assertions, pushing, signed_requests
from tests.support.dpop import Holder as KeyHolder
from tests.support.meter import Meter
from tests.support.platforms import Holder, path_of
from tests.support.registering import bearer
from tests.support.resources import Api
from tests.support.token_model import FINE, NOT_YOURS, REFUSED

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Coroutine

    from tests.support.browser_like import Answer, Browser
    from tests.support.logins import Platform
    from tests.support.provider import Provider

Found = TypeVar("Found")
STRICT: Final = 2
CLIENTS: Final = 3
_MAY: Final = {"grant_types": ["authorization_code", "refresh_token"]}


class Diverged(AssertionError):
    """The provider and the model disagree."""


@dataclass
class Client:
    """One client as it acts: the last of them is `fapi2`, bound to a key."""

    platform: Platform
    key: KeyHolder | None

    async def send(self, path: str, form: dict[str, str]) -> Answer:
        if self.key is None:
            return await self.platform.as_client(path, form)
        proof = assertions.assertion(self.platform)
        sent = assertions.with_assertion(self.platform, proof)
        sent = {name: sent[name] for name in ("client_assertion", "client_assertion_type")}
        headers = {"dpop": self.key.proof("POST", path)} if path == "/token" else None
        return await self.platform.provider.browser().post(path, sent | form, headers=headers)

    async def userinfo(self, token: str) -> Answer:
        if self.key is not None:
            return await self.key.call(token)
        return await self.platform.provider.browser().get("/userinfo", bearer(token))

    async def log_in(self, browser: Browser, way: str, scope: str) -> str:
        """Get a code by `plain`, `par` or `jar`."""
        if self.key is not None or way == "par":
            uri = await pushing.request_uri(self.platform, scope=scope)
            answer = await pushing.log_in(self.platform, browser, uri)
        elif way == "jar":
            made = signed_requests.request_object(self.platform, scope=scope)
            answer = await signed_requests.log_in(self.platform, browser, request=made)
        else:
            answer = await self.platform.log_in(browser, scope=scope)
        return answer.location_query["code"]


@dataclass
class World:
    """Everything real; the model's questions are put to it."""

    provider: Provider
    loop: asyncio.Runner
    clients: list[Client]
    api: Api
    browser: Browser

    @classmethod
    async def made(cls, provider: Provider, loop: asyncio.Runner) -> World:
        api = await Api.offered(provider)
        allowed = {"scope": f"openid offline_access {api.read}"} | _MAY
        clients = [Client(await signed_requests.register(provider, **allowed), None) for _ in "ab"]
        strict = await assertions.register(
            provider,
            security_profile="fapi2",
            id_token_signed_response_alg="ES256",
            **allowed,
        )
        clients.append(Client(strict, KeyHolder(strict)))
        return cls(provider, loop, clients, api, provider.browser())

    def do(self, asked: Coroutine[Any, Any, Found]) -> Found:
        return self.loop.run(asked)

    @property
    def now(self) -> int:
        return self.provider.clock.now()

    @property
    def meter(self) -> Meter:
        assert isinstance(self.provider.app, Meter)
        return self.provider.app

    async def withdraw(self, client: int) -> bool:
        """Take back all that a client was allowed; False where the page offers nothing to take."""
        holder, platform = Holder(self.provider, self.browser), self.clients[client].platform
        page = await holder.page(platform)
        if f'action="{path_of(platform)}/withdraw"' not in page.text:
            return False
        answer = await holder.withdraw(platform)
        assert answer.status == 303, answer.text
        return True

    async def sign_in(self) -> None:
        """Have the person signed in here, newly if need be."""
        if (await self.browser.get("/signin")).status != 303:
            await self.provider.sign_in(self.browser)

    async def sign_out(self) -> None:
        page = await self.browser.get("/signout")
        await self.browser.post("/signout", page.form("/signout"))

    async def silent(self, client: int) -> str:
        """The error of a silent request; a code would be a divergence."""
        platform = self.clients[client].platform
        if client == STRICT:
            uri = await pushing.request_uri(platform, prompt="none")
            answer = await self.browser.get(pushing.address(platform, uri))
        else:
            answer = await self.browser.get(platform.address(prompt="none"))
        return answer.location_query["error"]

    async def is_active(self, token: str) -> bool:
        return bool((await self.api.introspect(token)).json()["active"])


def said(answer: Answer) -> str:
    """The answer in the model's words."""
    if answer.status == 200:
        return FINE
    body = answer.json()
    assert (answer.status, body["error"]) == (400, REFUSED), answer.text
    return NOT_YOURS if body["error_code"] == "revocation_of_another_client" else REFUSED
