"""Redirect URIs: which may be registered, and which one a request may name.

Rules in prose. A request's redirect URI equals a registered one, character by character (RFC 9700
§2.1); the only leeway is the port of a loopback address (RFC 8252 §7.3). No URI parser takes part
in the comparison, so encoded hosts, user information, backslashes and look-alike hosts are simply
different strings. Registered URIs are absolute, without fragment or user information, and https,
except loopback http and a native application's own scheme (RFC 8252 §7.1).
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote_plus, urlsplit

from idp.domain import loopback, mismatch
from idp.domain.refusal import Cause, Refusal

MAX_LENGTH = 2000
RESPONSE_MEMBERS = frozenset({"code", "error", "error_description", "error_uri", "iss", "state"})
_UNRESERVED = re.compile(r"[A-Za-z0-9_.~-]*")
_VISIBLE = re.compile(r"[!-~]+")
# One that every reader reads alike: an escaped or punctuated one is another host to a browser than
# to us, and people are shown where they are led.
_HOST = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
)
_PRIVATE_USE_SCHEME = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+")


def matches(sent: str, registered: str) -> bool:
    """Tell whether ``sent`` may be used where ``registered`` stands in the registration."""
    if sent == registered:
        return True
    ours, theirs = loopback.ADDRESS.fullmatch(registered), loopback.ADDRESS.fullmatch(sent)
    if ours is None or theirs is None:
        return False
    return ours["host"] == theirs["host"] and (ours["rest"] or "/") == (theirs["rest"] or "/")


def choose(sent: str | None, registered: tuple[str, ...]) -> str:
    """Return the redirect URI of a request (OpenID Connect Core §3.1.2.1: it must be sent).

    Raises Refusal ``REDIRECT_URI_MISSING`` or ``REDIRECT_URI_MISMATCH`` with what was sent and what
    would have been taken; who may see that is for ``idp.protocol.address`` to say.
    """
    if sent is not None and len(sent) <= MAX_LENGTH:
        for uri in registered:
            if matches(sent, uri):
                return sent
    cause = Cause.REDIRECT_URI_MISSING if sent is None else Cause.REDIRECT_URI_MISMATCH
    taken = (_at_its_port(sent or "", uri) for uri in registered)
    raise Refusal(cause, mismatch.address("redirect_uri", sent, dict.fromkeys(taken)))


def _at_its_port(sent: str, registered: str) -> str:
    """Return ``registered`` with the port of ``sent`` where that is free, so not what differs."""
    ours, theirs = loopback.ADDRESS.fullmatch(registered), loopback.ADDRESS.fullmatch(sent)
    if ours is None or theirs is None:
        return registered
    return f"http://{ours['host']}{theirs['port'] or ''}{ours['rest'] or ''}"


def check_registrable(uri: str) -> None:
    """Refuse with ValueError a redirect URI that no client may register."""
    if len(uri) > MAX_LENGTH or not _VISIBLE.fullmatch(uri) or "\\" in uri:
        raise ValueError(f"redirect URI has a character or length that is not allowed: {uri[:80]}")
    parts = urlsplit(uri)
    if "#" in uri:
        raise ValueError("a redirect URI has no fragment (RFC 6749 §3.1.2)")
    if "@" in parts.netloc:
        raise ValueError("a redirect URI has no user information")
    if RESPONSE_MEMBERS & {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}:
        raise ValueError("the query of a redirect URI has no code, error, iss or state of its own")
    if parts.scheme == "https" and _HOST.fullmatch(parts.netloc):
        return
    if loopback.ADDRESS.fullmatch(uri) or _PRIVATE_USE_SCHEME.fullmatch(parts.scheme):
        return
    raise ValueError("a redirect URI is https, loopback http, or a reversed-domain scheme")


def with_parameters(uri: str, parameters: dict[str, str]) -> str:
    """Append response parameters to the query of ``uri`` (RFC 6749 §3.1.2 keeps what it has)."""
    told = "&".join([f"{_encoded(name)}={_encoded(parameters[name])}" for name in parameters])
    return f"{uri}{'&' if '?' in uri else '?'}{told}"


_ENCODED = str.maketrans({chr(byte): quote_plus(chr(byte)) for byte in range(0x80)})


def _encoded(text: str) -> str:
    """Return what ``quote_plus`` does, for ASCII in a quarter of its time."""
    if _UNRESERVED.fullmatch(text):
        return text
    return text.translate(_ENCODED) if text.isascii() else quote_plus(text)


def origin(uri: str) -> str:
    """Return the origin of a redirect URI, for the ``form-action`` of one response.

    Empty for a native application's own scheme, whose name is then the source expression.
    """
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"
