"""A relying platform for tests: makes requests, walks a person through them, redeems codes.

Every `Platform` is a client of its own in a sector of its own, so that tests may share a provider.
"""

from __future__ import annotations

import itertools
from base64 import b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import quote_plus, urlencode, urlsplit

from idp.domain.client import AuthMethod
from idp.protocol.pkce import s256
from tests.support.jwt import parts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from idp.services.registered import Registered
    from tests.support.browser_like import Answer, Browser, Headers
    from tests.support.provider import Provider

VERIFIER: Final = "wW1Wv5nOg0nRrwFUx4uWzzZbnO4cTYDtzbb5rXlhOGk"
REDIRECT_URI: Final = "https://shop.example/callback"
STATE: Final = "a state of ours"
_NUMBERS: Final = itertools.count(1)


def basic(name: str, secret: str) -> dict[str, str]:
    """The Authorization header of client_secret_basic (RFC 6749 §2.3.1)."""
    pair = f"{quote_plus(name)}:{quote_plus(secret)}".encode()
    return {"authorization": "Basic " + b64encode(pair).decode()}


@dataclass
class Platform:
    """One client. A parameter given as None is left out of what would be sent."""

    provider: Provider
    registered: Registered
    redirect_uri: str = REDIRECT_URI
    base: str = field(default="")

    @classmethod
    async def register(cls, provider: Provider, **metadata: Any) -> Self:
        given = {"platform": f"platform-{next(_NUMBERS)}"} | metadata
        registered = await provider.add_client(**given)
        base = urlsplit(provider.issuer).path.rstrip("/")
        return cls(provider, registered, registered.client.redirect_uris[0], base)

    @property
    def client_id(self) -> str:
        return self.registered.client.client_id

    @property
    def secret(self) -> str:
        assert self.registered.secret is not None, "this client has no secret"
        return self.registered.secret

    def request(self, **changes: str | None) -> dict[str, str]:
        """The parameters of an authorization request."""
        ordinary: dict[str, str | None] = {
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "response_type": "code",
            "scope": "openid",
            "state": STATE,
            "nonce": "a nonce",
            "code_challenge": s256(VERIFIER),
            "code_challenge_method": "S256",
        }
        return _present(ordinary | changes)

    def address(self, **changes: str | None) -> str:
        return f"{self.base}/authorize?{urlencode(self.request(**changes))}"

    async def ask(self, browser: Browser, **changes: str | None) -> Answer:
        """Send the browser here; return the page it ends on, or the redirect to the platform.

        A client that has to push its requests does.
        """
        if self.registered.client.must_push:
            from tests.support import pushing  # noqa: PLC0415 - it is made of platforms itself

            return await pushing.ask(self, browser, **changes)
        return await browser.follow(await browser.get(self.address(**changes)))

    async def log_in(
        self,
        browser: Browser,
        persona: str = "adult",
        *,
        remember: bool = False,
        **changes: str | None,
    ) -> Answer:
        """Walk a persona through all that is asked; return the redirect to the platform."""
        page = await self.ask(browser, **changes)
        if "/signin?" in page.url:
            page = await self.choose_persona(browser, page, persona)
        if "/consent?" in page.url:
            page = await self.decide(browser, page, "allow", remember=remember)
        assert page.status == 303, f"not at the platform but on {page.url[:40]}: {page.text[:500]}"
        return page

    async def choose_persona(self, browser: Browser, page: Answer, persona: str) -> Answer:
        action = f"{self.base}/signin/persona"
        form = page.form(action) | {"persona": persona}
        return await browser.follow(await browser.post(action, form))

    async def decide(
        self, browser: Browser, page: Answer, decision: str, *, remember: bool = False
    ) -> Answer:
        action = f"{self.base}/consent"
        form = page.form(action) | {"decision": decision}
        form |= {"remember": "on"} if remember else {}
        return await browser.follow(await browser.post(action, form))

    async def code(
        self,
        browser: Browser,
        persona: str = "adult",
        *,
        remember: bool = False,
        **changes: str | None,
    ) -> str:
        answer = await self.log_in(browser, persona, remember=remember, **changes)
        return answer.location_query["code"]

    def token_form(self, code: str, **changes: str | None) -> dict[str, str]:
        """The body of a token request, without client authentication."""
        ordinary: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": VERIFIER,
        }
        return _present(ordinary | changes)

    async def refresh(
        self, refresh_token: str, *, headers: Mapping[str, str] | None = None, **changes: str | None
    ) -> Answer:
        """Exchange a refresh token, authenticating as registered."""
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token} | changes
        return await self.as_client("/token", _present(form), headers)

    async def revoke(self, token: str, **changes: str | None) -> Answer:
        """Give a token back, authenticating as registered."""
        return await self.as_client("/revoke", _present({"token": token} | changes))

    async def redeem(
        self, code: str, *, headers: Mapping[str, str] | None = None, **changes: str | None
    ) -> Answer:
        """Exchange a code, authenticating as registered (with a secret, or not at all)."""
        return await self.as_client("/token", self.token_form(code, **changes), headers)

    async def as_client(
        self, path: str, form: dict[str, str], headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Post a form as this client, which has a secret or none."""
        sent = dict(headers or {})
        method = self.registered.client.auth_method
        if method is AuthMethod.BASIC:
            sent |= basic(self.client_id, self.secret)
        elif method is AuthMethod.POST:
            form = {"client_id": self.client_id, "client_secret": self.secret} | form
        else:
            form = {"client_id": self.client_id} | form
        return await self.provider.browser().post(f"{self.base}{path}", form, headers=sent)

    async def at_token_endpoint(
        self,
        form: Mapping[str, str],
        headers: Headers | None = None,
    ) -> Answer:
        return await self.provider.browser().post(f"{self.base}/token", form, headers=headers)

    async def tokens(
        self,
        browser: Browser,
        persona: str = "adult",
        *,
        remember: bool = False,
        **changes: str | None,
    ) -> dict[str, Any]:
        """A whole login: the token response, as JSON."""
        code = await self.code(browser, persona, remember=remember, **changes)
        answer = await self.redeem(code)
        assert answer.status == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def id_token(
        self, browser: Browser, persona: str = "adult", **changes: str | None
    ) -> dict[str, Any]:
        """A whole login: the claims of the ID token."""
        found = await self.tokens(browser, persona, remember=False, **changes)
        return parts(found["id_token"])[1]

    async def userinfo(self, token: str) -> Answer:
        headers = {"authorization": f"Bearer {token}"}
        return await self.provider.browser().get(f"{self.base}/userinfo", headers)


def _present(members: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in members.items() if value is not None}
