"""Clients: any is accepted as it comes, unless it was configured; then it is held to that."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

METHODS: Final = ("client_secret_basic", "client_secret_post", "private_key_jwt", "none")
_LOOPBACK: Final = re.compile(
    r"http://(?P<host>127\.0\.0\.1|\[::1\]|localhost)(?::[0-9]{1,5})?(?P<rest>/[!-~]*)?"
)
_LONGEST: Final = 2000
_VISIBLE: Final = re.compile(r"[!-~]+")
_HOST: Final = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
)
_APP_SCHEME: Final = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+")
_RESPONSE_MEMBERS: Final = frozenset(
    {"code", "error", "error_description", "error_uri", "iss", "state"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A client as far as it is configured: what is None or empty is not checked.

    ``is_known`` tells whether it was configured at all. ``auth_method`` is one of `METHODS`;
    ``jwks`` holds the public keys of ``private_key_jwt``. ``algorithm`` signs its ID tokens.
    """

    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    redirect_uris: tuple[str, ...] = ()
    auth_method: str | None = None
    jwks: dict[str, Any] | None = None
    algorithm: str | None = None
    backchannel_logout_uri: str | None = None
    post_logout_redirect_uris: tuple[str, ...] = ()
    is_known: bool = True

    @property
    def methods(self) -> tuple[str, ...]:
        """The authentication methods that it may use."""
        if self.auth_method is not None:
            return (self.auth_method,)
        if not self.is_known:
            return METHODS
        if self.client_secret is not None:
            return METHODS[:2]
        return ("private_key_jwt",) if self.jwks is not None else ("none",)

    def may_redirect_to(self, uri: str) -> bool:
        """Tell whether ``uri`` is registered; without any registered, whether it could be.

        As at the provider: character by character, but for the port of a loopback address (RFC
        8252 §7.3).
        """
        if self.redirect_uris:
            return any(_matches(uri, one) for one in self.redirect_uris)
        return is_registrable(uri)

    def may_return_to(self, uri: str) -> bool:
        """Tell whether a logout may lead to ``uri``: one registered, if any is."""
        if self.post_logout_redirect_uris:
            return uri in self.post_logout_redirect_uris
        return is_registrable(uri)


def _matches(sent: str, registered: str) -> bool:
    if sent == registered:
        return True
    ours, theirs = _LOOPBACK.fullmatch(registered), _LOOPBACK.fullmatch(sent)
    if ours is None or theirs is None:
        return False
    return ours["host"] == theirs["host"] and (ours["rest"] or "/") == (theirs["rest"] or "/")


def is_registrable(uri: str) -> bool:
    """Tell whether the provider would register ``uri``: https, loopback http, or an app's own.

    Visible ASCII alone: anything else cannot stand in a Location header, or would begin another.
    """
    if len(uri) > _LONGEST or not _VISIBLE.fullmatch(uri) or "\\" in uri or "#" in uri:
        return False
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    own = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    if "@" in parts.netloc or own & _RESPONSE_MEMBERS:
        return False
    https = parts.scheme == "https" and bool(_HOST.fullmatch(parts.netloc))
    return https or bool(_LOOPBACK.fullmatch(uri) or _APP_SCHEME.fullmatch(parts.scheme))
