"""A person's browser, as plain HTTP: cookies, redirects, forms that send themselves.

Each browser has a cookie jar of its own. It goes to the provider at most once: a platform that
sends it there again, because the first answer was refused, is not followed, or the second answer
would be taken for the first.
"""

from __future__ import annotations

import asyncio
import ipaddress
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urljoin, urlsplit

import httpx2

from network_id_simulator.checker.pages import Step, read_page

if TYPE_CHECKING:
    from collections.abc import Mapping
    from http.cookiejar import Cookie

    from network_id_simulator.checker.pages import Page

MOST_HOPS = 20
OK = 200
CLIENT_ERROR = 400
SERVER_ERROR = 500
LARGEST = 2_097_152  # bytes of a page that is looked at
KEEPS_METHOD = frozenset({307, 308})
MOVED = frozenset({301, 302, 303, 307, 308})
HEADERS = {
    "accept": "text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8",
    "accept-language": "en",
    "user-agent": "Mozilla/5.0 (compatible; networkid check-rp)",
    "sec-fetch-mode": "navigate",
}


@dataclass(frozen=True, slots=True)
class Hop:
    """One request and what came back; ``status`` 0 means that nothing did, ``text`` says why."""

    method: str
    url: str
    status: int
    location: str | None = None
    text: str = field(default="", repr=False)

    @property
    def crashed(self) -> bool:
        """Tell whether a program broke here."""
        return self.status >= SERVER_ERROR

    @property
    def failed(self) -> bool:
        """Tell whether this is an error page, or nothing."""
        return self.silent or self.status >= CLIENT_ERROR

    @property
    def silent(self) -> bool:
        """Tell whether no answer came."""
        return self.status == 0


@dataclass(frozen=True, slots=True)
class Place:
    """Where things are: the platform's login page, the provider, and how to begin.

    ``press``: the text of the button on the login page, where it does not redirect by itself.
    """

    login: str
    provider: str
    press: str = "network id"

    def is_provider(self, url: str) -> bool:
        """Tell whether the URL is the provider's."""
        return same_origin(url, self.provider) and urlsplit(url).path.startswith(
            urlsplit(self.provider).path
        )


@dataclass(frozen=True, slots=True)
class Cookies:
    """Cookies by name, and the names of those that scripts can read."""

    values: Mapping[str, str] = field(repr=False)
    open: frozenset[str]


@dataclass(slots=True)
class Trail:
    """The way of one browser from the login page to where it stopped."""

    hops: list[Hop] = field(default_factory=list)
    authorize: str | None = None  # the authorization request, as the platform made it
    answer: Step | None = None  # what the provider gave the browser to bring back
    began_again: bool = False

    @property
    def end(self) -> Hop:
        """The last answer."""
        return self.hops[-1]


class Browser:
    """One person's browser. Close it with ``aclose``."""

    def __init__(self, place: Place, transport: httpx2.AsyncBaseTransport, seconds: float) -> None:
        self._place = place
        self._seconds = seconds
        self._http = httpx2.AsyncClient(
            transport=_Shared(transport),
            cookies=httpx2.Cookies(_jar(place.login)),
            headers=HEADERS,
            timeout=seconds,
            trust_env=False,
        )

    async def sign_in(self) -> Trail:
        """Go from the login page through the provider to wherever the platform leads."""
        trail = await self.fetch_answer()
        if trail.answer is not None:
            await self.bring(trail, trail.answer)
        return trail

    async def fetch_answer(self) -> Trail:
        """Go from the login page to the provider, and stop with its answer in the hand."""
        trail = Trail()
        await self._follow(trail, Step("GET", self._place.login), to_provider=True)
        if trail.authorize is not None and trail.answer is None:
            await self._ask_provider(trail, trail.authorize)
        return trail

    async def bring(self, trail: Trail, answer: Step) -> None:
        """Bring the provider's answer to the platform, and go on as it says."""
        await self._follow(trail, answer, to_provider=False)

    async def look(self, url: str) -> Hop:
        """Open a page of the platform; redirects are followed, but to no login and no provider."""
        hop = await self._request(Step("GET", url))
        for _ in range(MOST_HOPS):
            if hop.location is None or self._ends_look(hop.location):
                break
            hop = await self._request(Step("GET", hop.location))
        return hop

    def cookies(self) -> Cookies:
        """Return the cookies that the browser holds."""
        found = list(self._http.cookies.jar)
        return Cookies(
            {cookie.name: cookie.value or "" for cookie in found},
            frozenset(cookie.name for cookie in found if not _is_http_only(cookie)),
        )

    async def aclose(self) -> None:
        """Close the browser."""
        await self._http.aclose()

    def _ends_look(self, url: str) -> bool:
        login = urlsplit(self._place.login)
        return self._place.is_provider(url) or (
            same_origin(url, self._place.login) and urlsplit(url).path == login.path
        )

    async def _follow(self, trail: Trail, step: Step, *, to_provider: bool) -> None:
        following: Step | None = step
        while following is not None and len(trail.hops) < MOST_HOPS:
            if self._place.is_provider(following.url):
                if to_provider and trail.authorize is None:
                    trail.authorize = following.url
                else:
                    trail.began_again = True
                return
            hop = await self._request(following)
            trail.hops.append(hop)
            left = any(not same_origin(one.url, self._place.login) for one in trail.hops)
            # Only on the platform's own page: elsewhere a button belongs to something else.
            following = self._next(hop, may_press=to_provider and not left)

    def _next(self, hop: Hop, *, may_press: bool) -> Step | None:
        if hop.location is not None:
            keeps = hop.status in KEEPS_METHOD
            return Step(hop.method if keeps else "GET", hop.location)
        if hop.status != OK:
            return None
        page = read_page(hop.text, hop.url)
        if page.refresh is not None:
            return Step("GET", page.refresh)
        return self._pressed(page) if may_press else None

    def _pressed(self, page: Page) -> Step | None:
        wanted = self._place.press.casefold()
        named = [step for step in page.steps if wanted in step.text.casefold()]
        return next(iter(named or page.forms()), None)

    async def _ask_provider(self, trail: Trail, url: str) -> None:
        """Open the authorization request; the answer is a redirect or a form that sends itself."""
        hop = await self._request(Step("GET", url))
        while hop.location is not None and self._place.is_provider(hop.location):
            hop = await self._request(Step("GET", hop.location))
        trail.hops.append(hop)
        if hop.location is not None:
            trail.answer = Step("GET", hop.location)
            return
        forms = [step for step in read_page(hop.text, hop.url).forms() if hop.status == OK]
        elsewhere = [step for step in forms if not self._place.is_provider(step.url)]
        trail.answer = elsewhere[0] if elsewhere else None

    async def _request(self, step: Step) -> Hop:
        url = urldefrag(step.url).url
        data = step.fields if step.method == "POST" else None
        try:
            async with (
                asyncio.timeout(self._seconds),
                self._http.stream(step.method, url, data=data) as response,
            ):
                text = await _read(response)
        except (TimeoutError, httpx2.TimeoutException):
            return Hop(step.method, url, 0, text="no answer in time")
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            return Hop(step.method, url, 0, text=type(error).__name__)
        location = response.headers.get("location") if response.status_code in MOVED else None
        target = urljoin(url, location) if location else None
        return Hop(step.method, url, response.status_code, target, text)


async def _read(response: httpx2.Response) -> str:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > LARGEST:
            break
    return body.decode(response.encoding or "utf-8", errors="replace")


def same_origin(one: str, other: str) -> bool:
    """Tell whether two URLs have one origin."""
    a, b = urlsplit(one), urlsplit(other)
    return (a.scheme, a.hostname, a.port) == (b.scheme, b.hostname, b.port)


def _is_http_only(cookie: Cookie) -> bool:
    return any(cookie.has_nonstandard_attr(name) for name in ("HttpOnly", "httponly", "HTTPOnly"))


def _jar(login: str) -> CookieJar:
    # As in browsers, cookies marked `Secure` work on this machine without https.
    schemes = ["https", "wss", *["http"] * is_loopback(urlsplit(login).hostname or "")]
    return CookieJar(DefaultCookiePolicy(secure_protocols=schemes))


def is_loopback(host: str) -> bool:
    """Tell whether ``host`` is this machine."""
    if host == "localhost" or host.endswith((".localhost", "localhost.local")):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class _Shared(httpx2.AsyncBaseTransport):
    """A transport that outlives the browsers that use it."""

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        return await self._inner.handle_async_request(request)
