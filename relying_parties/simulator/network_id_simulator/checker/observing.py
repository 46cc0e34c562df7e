"""What a platform's own requests tell, without any fault: one small function per observation.

Two good sign-ins of two browsers are compared, because what should be random must differ.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

from network_id_simulator.checker.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

JWT: Final = re.compile(r"eyJ[\w-]+\.eyJ[\w-]+\.")
FEWEST_BITS: Final = 64  # below, a value can be guessed by somebody who tries
LONG_ENOUGH: Final = 16  # characters of a secret that stand nowhere by chance
CSRF: Final = "RFC 6749 §10.12"
BEST: Final = "RFC 9700 §2.1.1"


@dataclass(frozen=True, slots=True)
class SignInSeen:
    """One good sign-in, from outside.

    ``request``: the parameters of the authorization request, those of a pushed one included.
    ``urls``: every URL that the browser opened. ``before`` and ``after``: the platform's cookies
    (name to value) when the answer was brought, and at the end. ``open_cookies``: the names of
    those that scripts can read.
    """

    request: Mapping[str, str]
    urls: tuple[str, ...]
    end: str
    before: Mapping[str, str] = field(default_factory=dict, repr=False)
    after: Mapping[str, str] = field(default_factory=dict, repr=False)
    open_cookies: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Seen:
    """Two good sign-ins, and what the provider was asked. ``asked``: endpoints by name."""

    one: SignInSeen
    two: SignInSeen
    client_secret: str = field(repr=False)
    asked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Observation:
    """One line of the report's second part."""

    name: str
    verdict: Verdict
    seen: str
    spec: str
    mend: str = ""


def observe(seen: Seen) -> tuple[Observation, ...]:
    """Return what the two sign-ins tell, in the order of a sign-in."""
    return tuple(look(seen) for look in OBSERVATIONS)


def _pkce(seen: Seen) -> Observation:
    one, two = (sign_in.request for sign_in in (seen.one, seen.two))
    mend = "Send a code_challenge of method S256 with every sign-in; most libraries do when asked."
    method = one.get("code_challenge_method", "plain")
    if "code_challenge" not in one:
        # RFC 9700 lets a confidential client use the nonce instead.
        verdict = Verdict.ADVICE if _fresh(seen, "nonce") else Verdict.WRONG
        return Observation("pkce", verdict, "not used", BEST, mend)
    if one["code_challenge"] == two.get("code_challenge"):
        mend = "Make a new code_verifier for each sign-in."
        return Observation("pkce", Verdict.WRONG, "the same code_challenge twice", BEST, mend)
    if method != "S256":
        return Observation("pkce", Verdict.ADVICE, f"method {method}", BEST, mend)
    return Observation("pkce", Verdict.RIGHT, "S256, new for each sign-in", BEST)


def _nonce(seen: Seen) -> Observation:
    spec = "OpenID Connect Core 1.0 §15.5.2"
    return _random(seen, "nonce", spec, "the ID token")


def _state(seen: Seen) -> Observation:
    return _random(seen, "state", CSRF, "the response")


def _random(seen: Seen, name: str, spec: str, where: str) -> Observation:
    one, two = (sign_in.request.get(name, "") for sign_in in (seen.one, seen.two))
    mend = (
        f"Send a random {name} of 128 bits, kept in the browser's session; compare it in {where}."
    )
    if not one:
        # PKCE binds the code to the browser as well (RFC 9700 §2.1.1, §4.7.1).
        verdict = Verdict.ADVICE if _fresh(seen, "code_challenge") else Verdict.WRONG
        return Observation(name, verdict, "not sent", spec, mend)
    if one == two:
        return Observation(name, Verdict.WRONG, "the same in two browsers", spec, mend)
    if bits(one) < FEWEST_BITS:
        return Observation(name, Verdict.WRONG, f"short: {bits(one)} bits at most", spec, mend)
    return Observation(name, Verdict.RIGHT, "random, new for each sign-in", spec)


def _redirect_uri(seen: Seen) -> Observation:
    one, two = (sign_in.request.get("redirect_uri", "") for sign_in in (seen.one, seen.two))
    spec = "RFC 9700 §2.1"
    if one != two:
        mend = "Register one redirect URI and always send it; what changes belongs in the session."
        return Observation("redirect-uri", Verdict.WRONG, "differs each time", spec, mend)
    return Observation("redirect-uri", Verdict.RIGHT, one or "left out", spec)


def _response_type(seen: Seen) -> Observation:
    asked = seen.one.request.get("response_type", "none")
    spec = "RFC 9700 §2.1.2"
    if asked != "code":
        mend = "Ask for response_type=code, so that no token comes through the browser."
        return Observation("response-type", Verdict.WRONG, asked, spec, mend)
    return Observation("response-type", Verdict.RIGHT, "code", spec)


def _secrets_in_urls(seen: Seen) -> Observation:
    spec = "RFC 9700 §4.3"
    urls = (*seen.one.urls, *seen.two.urls)
    if any(_shows(url, seen.client_secret) for url in urls):
        mend = "The secret stays on your server. Make a new one: this one was in people's browsers."
        return Observation("url-secret", Verdict.WRONG, "client_secret in a URL", spec, mend)
    if any(JWT.search(url) for url in urls):
        mend = "Keep tokens in the session. URLs end up in histories, logs and Referer headers."
        return Observation("url-secret", Verdict.WRONG, "a token in a URL", spec, mend)
    if "code" in parse_qs(urlsplit(seen.one.end).query):
        mend = (
            "Redirect from the callback to a page of its own (303), once the person is signed in."
        )
        return Observation(
            "url-secret", Verdict.ADVICE, "the code stays in the address", spec, mend
        )
    return Observation("url-secret", Verdict.RIGHT, "no secret, token or code stays", spec)


def _session(seen: Seen) -> Observation:
    spec = "RFC 6265 §8.4"
    before, after = seen.one.before, seen.one.after
    kept = {name for name in after if before.get(name) == after[name]}
    if after and kept == set(after):
        mend = "Give the browser a new session identifier when the person is signed in."
        told = "the session keeps its identifier (fixation)"
        return Observation("session", Verdict.ADVICE, told, spec, mend)
    return Observation("session", Verdict.RIGHT, "begins anew with the sign-in", spec)


def _cookies(seen: Seen) -> Observation:
    spec = "RFC 6265 §4.1.2.6"
    before, after = seen.one.before, seen.one.after
    fresh = {name for name in after if before.get(name) != after[name]}
    if fresh and fresh <= seen.one.open_cookies:
        mend = "Set HttpOnly (and SameSite=Lax; Secure on https) on the session's cookie."
        return Observation("cookie", Verdict.ADVICE, "scripts can read the session", spec, mend)
    return Observation("cookie", Verdict.RIGHT, "scripts cannot read the session", spec)


def _discovery(seen: Seen) -> Observation:
    spec = "OpenID Connect Discovery 1.0 §4"
    if "discovery" not in seen.asked:
        mend = "Configure the issuer alone: endpoints, keys and their changes come from it."
        told = "not asked while we looked"
        return Observation("discovery", Verdict.NOT_MET, told, spec, mend)
    return Observation("discovery", Verdict.RIGHT, "used", spec)


OBSERVATIONS: Final[tuple[Callable[[Seen], Observation], ...]] = (
    _discovery,
    _response_type,
    _redirect_uri,
    _state,
    _nonce,
    _pkce,
    _secrets_in_urls,
    _session,
    _cookies,
)


def _shows(url: str, secret: str) -> bool:
    """Tell whether a URL holds the secret; a short one ("test") may stand there by chance."""
    return "client_secret=" in url or (len(secret) >= LONG_ENOUGH and secret in url)


def _fresh(seen: Seen, name: str) -> bool:
    """Tell whether both sign-ins had the parameter, and not the same one."""
    one, two = (sign_in.request.get(name) for sign_in in (seen.one, seen.two))
    return bool(one) and one != two


def bits(text: str) -> int:
    """Return how many random bits a text can hold at most, by its length and characters."""
    kinds = 10 if text.isdigit() else 16 if re.fullmatch(r"[0-9a-fA-F-]+", text) else 64
    return math.floor(len(text) * math.log2(kinds))
