"""The authorization request: what each parameter must be (OpenID Connect Core §3.1.2.1).

Pure checks, one small function per refusal. The order in which they run stands in
``idp.services.authorize.Authorize.pipeline``. A check reads the request, may fill in what it
understood, and raises Refusal; it returns nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from idp.domain import compact_json, mismatch
from idp.domain.refusal import Cause, Refusal
from idp.domain.release import (
    SCOPE_AGE,
    SCOPE_OFFLINE,
    SCOPE_OPENID,
    SCOPES,
    Release,
    release_for,
)
from idp.domain.resource import Catalogue
from idp.protocol import claims_request, dpop, parameters, pkce, redirect_uri, resource_indicator
from idp.protocol.resource_metadata import is_scope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from idp.domain.client import Client
    from idp.domain.resource import Resource
    from idp.protocol.claims_request import ClaimsRequest

MAX_STATE = 1024  # characters; it is never stored
MAX_NONCE = 512  # bytes as JSON: it is sealed with the grant, and all grants are of one size
MAX_TOTAL = 3840  # sealed into an enrolment's address it still fits the 8 KiB of common proxies
PROMPTS = frozenset({"none", "login", "consent", "select_account"})
QUERY = "query"
FORM_POST = "form_post"
RESPONSE_MODES = (QUERY, FORM_POST)
DISPLAYS = frozenset({"page", "popup", "touch", "wap"})
_MAX_AGE_DIGITS = 9
PARAMETERS = (
    "acr_values",
    "claims",
    "client_id",
    "code_challenge",
    "code_challenge_method",
    "display",
    "dpop_jkt",
    "id_token_hint",
    "max_age",
    "nonce",
    "prompt",
    "redirect_uri",
    "registration",
    "request",
    "request_uri",
    "resource",
    "response_mode",
    "response_type",
    "scope",
    "state",
    "ui_locales",
)
"""What is read of a request; everything else is ignored (OpenID Connect Core §3.1.2.1)."""
_READ = frozenset(PARAMETERS)
_OWN_SCOPES = frozenset(SCOPES)
_NOTHING_RELEASED = Release((), ())
_NO_RESOURCES = Catalogue()
_LONGEST_AS_JSON = 6  # bytes that one character may take: \u0000


class AuthorizationRequest(Struct):
    """One request as understood so far; ``client`` and ``redirect_uri`` are set once validated.

    ``pushed`` says that it came by way of ``/par``, ``signed`` that it was a request object.
    """

    sent: Mapping[str, str]
    issuer: str
    client: Client | None = None
    redirect_uri: str = ""
    response_mode: str = QUERY
    prompts: frozenset[str] = frozenset()
    max_age: int | None = None
    scopes: frozenset[str] = frozenset()
    claims: ClaimsRequest = claims_request.NOTHING_ASKED
    release: Release = _NOTHING_RELEASED
    acr_values: tuple[str, ...] = ()
    hinted_sub: str | None = None
    catalogue: Catalogue = _NO_RESOURCES
    resource: Resource | None = None
    pushed: bool = False
    signed: bool = False

    @property
    def known_client(self) -> Client:
        """The validated client; only checks that run after its own may ask."""
        if self.client is None:
            raise Refusal(Cause.UNKNOWN_CLIENT)
        return self.client

    def unpack(self, sent: Mapping[str, str], *, signed: bool) -> None:
        """Put what was pushed or signed in place of what was sent: nothing else counts."""
        self.sent, self.signed = sent, signed

    @property
    def state(self) -> str | None:
        """What the client wants back unchanged (RFC 6749 §4.1.1)."""
        return self.sent.get("state")

    @property
    def is_sign_in(self) -> bool:
        """Tell whether there will be an ID token; else it is plain OAuth 2.0 (§3.1.2.1)."""
        return SCOPE_OPENID in self.scopes

    @property
    def names_resources(self) -> bool:
        """Tell whether anything was sent that only the catalogue of resources explains."""
        if self.sent.get("resource", self.issuer) != self.issuer:
            return True
        asked = parameters.words(self.sent.get("scope"))
        return any(is_scope(word) for word in asked if word not in SCOPES)

    @property
    def asked_acr(self) -> tuple[str, ...]:
        """Every value of ``acr`` that the client named, in its order of preference."""
        return (*self.claims.acr_values, *self.acr_values)

    @property
    def narrows(self) -> bool:
        """Tell whether it says who has to be signed in, how, or since when."""
        named = self.hinted_sub is not None or self.claims.subs is not None
        return named or self.max_age is not None or bool(self.claims.demanded_acr)

    @property
    def wants_auth_time(self) -> bool:
        """Tell whether the ID token must carry ``auth_time`` (§2: on request only)."""
        return (
            self.max_age is not None
            or self.known_client.require_auth_time
            or self.claims.asks("id_token", "auth_time")
        )


def kept(sent: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters that are read, and no others (a client's secret, for example)."""
    return {name: value for name, value in sent.items() if name in _READ}


def client_is_named(request: AuthorizationRequest) -> None:
    """RFC 6749 §4.1.1; that it names the client that authenticated has been seen by then.

    With a request object it stands in there, and need not stand beside it (RFC 9126 §3).
    """
    if "request" not in request.sent:
        parameters.required(request.sent, "client_id", Cause.CLIENT_ID_MISSING)


def request_uri_is_not_pushed(request: AuthorizationRequest) -> None:
    """RFC 9126 §2.1: what is pushed is a request, and never the address of one."""
    if "request_uri" in request.sent:
        raise Refusal(Cause.PUSHED_REQUEST_NESTED)


def request_comes_one_way(request: AuthorizationRequest) -> None:
    """RFC 9101 §5: by value or by reference, never both: two readers would see two requests."""
    if {"request", "request_uri"} <= request.sent.keys():
        raise Refusal(Cause.REQUEST_TWO_WAYS)


def redirect_uri_is_registered(request: AuthorizationRequest) -> None:
    """RFC 9700 §2.1, RFC 8252 §7.3; from here on errors are told to the client."""
    client = request.known_client
    try:
        request.redirect_uri = redirect_uri.choose(
            request.sent.get("redirect_uri"), client.redirect_uris
        )
    except Refusal as refusal:
        raise Refusal(refusal.cause, refusal.mismatch, client_id=client.client_id) from refusal


def request_is_pushed_where_required(request: AuthorizationRequest) -> None:
    """RFC 9126 §5, §6; FAPI 2.0 §5.3.2.2: no way around ``/par`` for whoever is bound to it."""
    if request.known_client.must_push and not request.pushed:
        raise Refusal(Cause.PUSHED_REQUEST_REQUIRED)


def request_is_signed_where_required(request: AuthorizationRequest) -> None:
    """RFC 9101 §10.5: who signs its requests never meets one that somebody else wrote."""
    if request.known_client.require_signed_request_object and not request.signed:
        raise Refusal(Cause.REQUEST_SIGNATURE_REQUIRED)


def registration_is_absent(request: AuthorizationRequest) -> None:
    """§3.1.2.6: name what is not supported, rather than ignore what may restrict the request."""
    if "registration" in request.sent:
        raise Refusal(Cause.REGISTRATION_UNSUPPORTED)


def response_type_is_code(request: AuthorizationRequest) -> None:
    """RFC 9700 §2.1.2: no response type that puts a token into a URL."""
    response_type = parameters.required(request.sent, "response_type", Cause.RESPONSE_TYPE_MISSING)
    if response_type != "code":
        raise parameters.unsupported(
            Cause.RESPONSE_TYPE_UNSUPPORTED, "response_type", response_type, ("code",)
        )


def response_mode_is_known(request: AuthorizationRequest) -> None:
    """OAuth 2.0 Multiple Response Types §2.1, Form Post Response Mode §2; an app's link is no form.

    First of all that is told to the client: it says how.
    """
    mode = request.sent.get("response_mode", QUERY)
    web = request.redirect_uri.startswith(("https:", "http:"))
    if mode not in RESPONSE_MODES or (mode == FORM_POST and not web):
        taken = RESPONSE_MODES if web else (QUERY,)
        raise parameters.unsupported(Cause.RESPONSE_MODE_UNSUPPORTED, "response_mode", mode, taken)
    request.response_mode = mode


def values_fit(request: AuthorizationRequest) -> None:
    """``state`` and ``nonce`` are kept or returned, the whole travels in our own addresses."""
    too_long = len(request.sent.get("state", "")) > MAX_STATE
    too_long = too_long or not _fits_as_json(request.sent.get("nonce", ""), MAX_NONCE)
    if too_long or sum(map(len, request.sent.values())) > MAX_TOTAL:
        raise Refusal(Cause.PARAMETER_TOO_LONG)


def _fits_as_json(text: str, limit: int) -> bool:
    short = len(text) * _LONGEST_AS_JSON <= limit
    return short or len(compact_json.write(text)) - 2 <= limit


def scope_is_registered(request: AuthorizationRequest) -> None:
    """§3.1.2.1; unknown scope values are ignored as §3.1.2.1 says, unregistered ones refused."""
    asked = frozenset(parameters.words(request.sent.get("scope")))
    known = asked & (_OWN_SCOPES | request.catalogue.by_scope.keys())
    if not request.known_client.may_refresh:
        known -= {SCOPE_OFFLINE}  # §11: ignored, where no refresh token could be given
    allowed = request.known_client.scopes
    if not known <= allowed:
        found = mismatch.words("scope", known - allowed, allowed, mismatch.Basis.REGISTERED)
        raise Refusal(Cause.SCOPE_NOT_ALLOWED, found)
    request.scopes = known


def scope_asks_for_something(request: AuthorizationRequest) -> None:
    """RFC 6749 §3.3: who the person is, or something at a resource, or both; never a default."""
    if SCOPE_OPENID not in request.scopes:
        if not request.scopes - _OWN_SCOPES:
            raise Refusal(Cause.SCOPE_MISSING)
        if SCOPE_AGE in request.scopes:
            raise Refusal(Cause.SCOPE_WITHOUT_OPENID)


def resource_is_one(request: AuthorizationRequest) -> None:
    """RFC 8707 §2: one audience, which the scopes belong to; nothing is widened or guessed."""
    request.resource = resource_indicator.chosen(
        request.sent.get("resource"), request.scopes, request.catalogue, issuer=request.issuer
    )


def pkce_is_sound(request: AuthorizationRequest) -> None:
    """RFC 7636 §4.3, §4.4.1."""
    pkce.check_challenge(
        request.sent.get("code_challenge"),
        request.sent.get("code_challenge_method"),
        required=request.known_client.require_pkce,
    )


def dpop_jkt_is_a_thumbprint(request: AuthorizationRequest) -> None:
    """RFC 9449 §10."""
    dpop.check_jkt(request.sent.get("dpop_jkt"))


def prompt_is_consistent(request: AuthorizationRequest) -> None:
    """§3.1.2.1: ``none`` stands alone."""
    request.prompts = frozenset(parameters.words(request.sent.get("prompt")))
    if not request.prompts <= PROMPTS:
        sent = request.sent["prompt"]
        raise parameters.unsupported(Cause.PROMPT_UNKNOWN, "prompt", sent, PROMPTS)
    if "none" in request.prompts and len(request.prompts) > 1:
        raise Refusal(Cause.PROMPT_CONTRADICTORY)


def display_is_known(request: AuthorizationRequest) -> None:
    """§3.1.2.1; every value gets the same page, which fits all of them."""
    display = request.sent.get("display", "page")
    if display not in DISPLAYS:
        raise parameters.unsupported(Cause.DISPLAY_UNKNOWN, "display", display, DISPLAYS)


def max_age_is_a_number(request: AuthorizationRequest) -> None:
    """§3.1.2.1; without it the client's registered ``default_max_age`` holds."""
    text = request.sent.get("max_age")
    if text is None:
        request.max_age = request.known_client.default_max_age
        return
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_AGE_DIGITS):
        raise Refusal(Cause.MAX_AGE_MALFORMED)
    request.max_age = int(text)


def claims_are_well_formed(request: AuthorizationRequest) -> None:
    """§5.5; also joins what scopes and claims ask for into one release."""
    asked = claims_request.parse(request.sent.get("claims"))
    if request.is_sign_in:
        request.claims = asked
    request.release = release_for(
        request.scopes,
        request.claims.names,
        auth_time=request.is_sign_in and request.wants_auth_time,
        sign_in=request.is_sign_in,
        permissions=resource_indicator.items(request.resource, request.scopes),
    )


def acr_values_are_read(request: AuthorizationRequest) -> None:
    """§3.1.2.1: ``acr_values`` is a wish; only ``claims`` can make it a demand (§5.5.1.1).

    Without an ID token nobody is told, so there is nothing to wish for.
    """
    if request.is_sign_in:
        request.acr_values = parameters.words(request.sent.get("acr_values"))
