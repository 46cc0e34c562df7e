"""What every endpoint shares: the services it asks, the pages it renders, cookies, forms, CSRF."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from msgspec import Struct
from starlette.requests import ClientDisconnect

from idp.domain.refusal import Cause, Refusal
from idp.protocol import dpop, parameters
from idp.web.answers import way_on
from idp.web.civil import Civil

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from starlette.requests import Request
    from starlette.responses import Response

    from idp.domain.clock import Clock, Entropy
    from idp.domain.secret_key import DerivedKeys
    from idp.observability import Log
    from idp.services.activity import Activity
    from idp.services.authorize import Authorize
    from idp.services.changes import Changes
    from idp.services.client_changes import ClientChanges
    from idp.services.client_set import ClientSet
    from idp.services.clients import Clients
    from idp.services.closing import Closing
    from idp.services.compromise import Compromise, Given
    from idp.services.consents import Consents
    from idp.services.contacts import Contacts
    from idp.services.data import Data
    from idp.services.end_session import EndSession
    from idp.services.enrolling import Enrolling
    from idp.services.enrolment import Enrolment
    from idp.services.epoch import Epoch
    from idp.services.interactions import Interactions
    from idp.services.introspection import Introspection
    from idp.services.issuing import Issuing
    from idp.services.key_check import KeyCheck
    from idp.services.key_lives import KeyLives
    from idp.services.keys import SigningKeys
    from idp.services.leases import Leases
    from idp.services.logouts import Logouts
    from idp.services.nodes import Nodes
    from idp.services.notices import Notices
    from idp.services.operations import Operations
    from idp.services.passkeys import Passkeys
    from idp.services.people import People
    from idp.services.platforms import Platforms
    from idp.services.pseudonyms import Pseudonyms
    from idp.services.pushed_requests import PushedRequests
    from idp.services.readiness import Readiness
    from idp.services.receipts import Receipts
    from idp.services.recovery import Recovery
    from idp.services.recovery_codes import RecoveryCodes
    from idp.services.refresh_tokens import RefreshTokens
    from idp.services.registrar import Registrar
    from idp.services.registration import Registration
    from idp.services.resources import Resources
    from idp.services.revocation import Revocation
    from idp.services.rotation import Rotation
    from idp.services.sandbox import Sandbox
    from idp.services.sandbox_resource import SandboxResource
    from idp.services.secret_rotation import SecretRotation
    from idp.services.secret_versions import SecretVersions
    from idp.services.sessions import Sessions
    from idp.services.throttle import Throttle
    from idp.services.token import Token
    from idp.services.upstreams import Upstreams
    from idp.services.userinfo import UserInfo
    from idp.services.vouchers import Vouchers
    from idp.web.pages import Pages

FORM = "application/x-www-form-urlencoded"
NO_STORE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
_BROWSER_BYTES = 16
_MAX_COOKIE = 128
_OWN_PAGES = re.compile(r"/account(/[a-z0-9-]+)*")


class Services(Struct, frozen=True):
    """The use cases that endpoints may ask; those of the sandbox are None where that is off.

    So is ``registration`` where clients do not register themselves.
    """

    activity: Activity
    authorize: Authorize
    changes: Changes
    client_changes: ClientChanges
    client_set: ClientSet
    clients: Clients
    closing: Closing
    compromise: Compromise
    consents: Consents
    contacts: Contacts
    data: Data
    end_session: EndSession
    enrolling: Enrolling
    enrolment: Enrolment
    epoch: Epoch
    given: Given
    interactions: Interactions
    introspection: Introspection
    issuing: Issuing
    key_check: KeyCheck
    key_lives: KeyLives
    keys: SigningKeys
    leases: Leases
    logouts: Logouts
    nodes: Nodes
    notices: Notices
    operations: Operations
    passkeys: Passkeys
    people: People
    platforms: Platforms
    pseudonyms: Pseudonyms
    pushed_requests: PushedRequests
    receipts: Receipts
    recovery: Recovery
    recovery_codes: RecoveryCodes
    refresh_tokens: RefreshTokens
    registrar: Registrar
    registration: Registration | None
    resources: Resources
    revocation: Revocation
    rotation: Rotation
    sandbox: Sandbox | None
    sandbox_resource: SandboxResource | None
    secret_rotation: SecretRotation
    secret_versions: SecretVersions
    csrf_keys: DerivedKeys
    sessions: Sessions
    throttle: Throttle
    token: Token
    upstreams: Upstreams
    userinfo: UserInfo
    vouchers: Vouchers
    readiness: Readiness


class Site:
    """One per application; safe to share between requests."""

    def __init__(  # noqa: PLR0913 - the parts it joins, named where app.py does the joining
        self,
        *,
        issuer: str,
        services: Services,
        pages: Pages,
        clock: Clock,
        entropy: Entropy,
        log: Log,
        zone: ZoneInfo,
    ) -> None:
        self.issuer = issuer
        self.services = services
        self.pages = pages
        self.clock = clock
        self.log = log
        self._zone = zone
        self._csrf_keys = services.csrf_keys
        self._entropy = entropy
        self._https = urlsplit(issuer).scheme == "https"
        # On plain http the ports of one host share cookies: each application has names of its own.
        own = hashlib.sha256(issuer.encode()).hexdigest()[:8]
        self._cookie_prefix = "__Host-network_id_" if self._https else f"network_id_{own}_"

    def civil(self, request: Request) -> Civil:
        """Return how this page writes times: its language, the instance's time zone."""
        return Civil(self._zone, self.pages.locale(request))

    def session_cookie(self, request: Request) -> str | None:
        """Return the session cookie's value, whoever set it."""
        return request.cookies.get(f"{self._cookie_prefix}session")

    def operator_cookie(self, request: Request) -> str | None:
        """Return the operators' session cookie, which opens no account; whoever set it."""
        return request.cookies.get(f"{self._cookie_prefix}operator")

    def browser(self, request: Request) -> str:
        """Return what this browser is called here: its cookie, or a name drawn for it now.

        It ties forms and passkey challenges to the browser that they were made for.
        """
        known = self._known_browser(request)
        if known:
            return known
        drawn: str | None = getattr(request.state, "browser", None)
        if drawn is None:
            drawn = request.state.browser = self._entropy.bytes(_BROWSER_BYTES).hex()
        return drawn

    def _known_browser(self, request: Request) -> str:
        known = self.cookie(request, "browser")
        return known if len(known) <= _MAX_COOKIE else ""

    def remember_browser(self, request: Request, response: Response) -> Response:
        """Set the browser's cookie on ``response`` if it was drawn for this request."""
        drawn = getattr(request.state, "browser", None)
        if drawn is not None:
            self.set_cookie(response, "browser", drawn)
        return response

    def cookie(self, request: Request, name: str) -> str:
        """Return a cookie that ``set_cookie`` set, as the browser sends it; empty without one."""
        return request.cookies.get(f"{self._cookie_prefix}{name}", "")

    def set_cookie(
        self,
        response: Response,
        name: str,
        value: str,
        *,
        samesite: Literal["lax", "strict"] = "lax",
        seconds: int | None = None,
    ) -> None:
        """Set a cookie for this browser session, or for ``seconds``; an empty value removes it."""
        response.set_cookie(
            f"{self._cookie_prefix}{name}",
            value,
            max_age=seconds if value else 0,
            path="/",
            secure=self._https,
            httponly=True,
            samesite=samesite,
        )

    def csrf(self, request: Request, purpose: str) -> str:
        """Return the token of a form: bound to the browser and to what the form is for."""
        return self._form_token(self._csrf_keys.active, request, purpose)

    def check_csrf(self, request: Request, form: Mapping[str, str], purpose: str) -> None:
        """Refuse a form that was not made by us for this browser (CSRF, login CSRF)."""
        interaction = form.get("interaction", "")
        if not self._known_browser(request):  # who blocks cookies is told so, not to reload
            raise Refusal(Cause.COOKIE_MISSING, interaction=interaction)
        sent = form.get("csrf", "").encode("utf-8", "surrogatepass")
        accepted = [self._form_token(key, request, purpose) for key in self._csrf_keys.every]
        if not any(hmac.compare_digest(sent, token.encode()) for token in accepted):
            problem = "token of another browser, session or form" if sent else "no token"
            raise Refusal(Cause.CSRF_FAILED, problem=problem, interaction=interaction)

    def _form_token(self, key: bytes, request: Request, purpose: str) -> str:
        message = f"csrf\0{purpose}\0{self.browser(request)}".encode()
        return hmac.digest(key, message, "sha256").hex()

    def address(self, path: str, interaction: str = "") -> str:
        """Return the address of a page of ours, within an interaction if there is one."""
        return self.pages.url(path, **({"interaction": interaction} if interaction else {}))

    def redirect(self, path: str, **query: str) -> Response:
        """Go on to one of our own pages. 303: the method never travels along (RFC 9700 §4.12)."""
        return self.leave(self.pages.url(path, **{k: v for k, v in query.items() if v}))

    def leave(self, location: str) -> Response:
        """Send the browser to ``location``, which the caller has validated."""
        return way_on(location)


def own_page(path: str | None) -> str:
    """Return ``path`` when it is a page of a person's account, else nothing (CWE-601)."""
    return path if path is not None and _OWN_PAGES.fullmatch(path) else ""


def note(request: Request, refusal: Refusal) -> None:
    """Leave why a request was refused for its line in the log."""
    request.state.cause = refusal.cause.value
    known = (refusal.detail.get(name) for name in ("problem", "why", "reason"))
    request.state.problem = next(filter(None, known), None)


def with_nonce(headers: Mapping[str, str], nonce: str | None) -> dict[str, str]:
    """Return ``headers`` with the nonce for the sender's next proof (RFC 9449 §8.2), if any."""
    return dict(headers) if nonce is None else {**headers, dpop.NONCE_HEADER: nonce}


async def read_form(request: Request) -> dict[str, str]:
    """Return the parameters of a form body; raises Refusal (``NOT_A_FORM``, ``TOO_LARGE`` …)."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != FORM:
        raise Refusal(Cause.NOT_A_FORM)
    return parameters.parse(await _body(request), limit=parameters.MAX_BODY_BYTES)


async def _body(request: Request) -> bytes:
    body, more = b"", True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        if len(body) > parameters.MAX_BODY_BYTES:  # before reading the rest of it
            raise Refusal(Cause.TOO_LARGE, limit=str(parameters.MAX_BODY_BYTES))
        more = message.get("more_body", False)
    return body


def read_query(request: Request) -> dict[str, str]:
    """Return the parameters of the query; raises Refusal."""
    return parameters.parse(request.scope["query_string"])
