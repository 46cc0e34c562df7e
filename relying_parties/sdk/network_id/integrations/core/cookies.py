"""The two kinds of cookies: a sign-in under way (one for each tab), and the session.

Sealed (AES-256-GCM), so that nobody reads or alters them, and each is good under its own name only.
Names are read exactly as browsers compare them, or ``__Host-`` would promise nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from network_id.integrations.core.messages import Cookie

if TYPE_CHECKING:
    from collections.abc import Mapping

    from network_id.integrations.core.settings import Settings

KEY_BYTES = 32
NONCE_BYTES = 12  # random: 2^32 cookies under one key are far from a collision
TAG_CHARACTERS = 12
LARGEST = 3_900  # characters of a value: browsers drop a cookie above 4,096, name and all


class CookieTooLargeError(ValueError):
    """A value does not fit into a cookie."""


class Cookies:
    """Makes and reads the cookies of one client. ``secret`` is never the key itself."""

    def __init__(self, settings: Settings, secret: str) -> None:
        whose = f"{settings.issuer} {settings.client_id} {settings.url}"
        self._box = AESGCM(
            HKDF(
                SHA256(), KEY_BYTES, salt=None, info=f"network-id cookies {whose}".encode()
            ).derive(secret.encode())
        )
        self._secure = settings.is_https
        # __Host-: a cookie that a neighbouring subdomain planted is not taken for ours. The tag:
        # all ports of localhost share their cookies, and two platforms may be running there, even
        # as the same client.
        prefix = "__Host-" if settings.is_https else ""
        self.session = f"{prefix}network-id-{_tag(whose)}"

    def pending(self, state: str) -> str:
        """Return the name of the cookie for the sign-in that has this state."""
        return f"{self.session}-{_tag(state)}"

    def all_pending(self, cookies: Mapping[str, str]) -> list[str]:
        """Return the names of all sign-ins under way in a browser."""
        return [name for name in cookies if name.startswith(f"{self.session}-")]

    def seal(self, name: str, values: Mapping[str, Any], seconds: int) -> Cookie:
        """Return a cookie that holds ``values`` (JSON). Raises CookieTooLargeError."""
        nonce = os.urandom(NONCE_BYTES)
        plain = json.dumps(values, separators=(",", ":")).encode()
        sealed = nonce + self._box.encrypt(nonce, plain, name.encode())
        value = urlsafe_b64encode(sealed).rstrip(b"=").decode()
        if len(value) > LARGEST:
            raise CookieTooLargeError(
                f"a cookie of {len(value)} characters: browsers keep {LARGEST} of it. "
                "Ask the provider for fewer claims in the ID token."
            )
        return Cookie(name, value, seconds, self._secure)

    def read(self, name: str, cookies: Mapping[str, str]) -> dict[str, Any] | None:
        """Return what a cookie of ours holds; None for none, and for whatever is not ours."""
        value = cookies.get(name, "")
        try:
            sealed = urlsafe_b64decode(value.encode("ascii") + b"=" * (-len(value) % 4))
            plain = self._box.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], name.encode())
        except (ValueError, InvalidTag):
            return None
        values: dict[str, Any] = json.loads(plain)
        return values

    def drop(self, name: str) -> Cookie:
        """Return a cookie that deletes the one of this name."""
        return Cookie(name, "", 0, self._secure)


def read_header(header: str) -> dict[str, str]:
    """Return the cookies of a ``Cookie`` header, values as they came.

    In place of the frameworks' own reading, which trims a name of what Unicode calls white space: a
    neighbouring subdomain may set ``__Host-x`` after U+2000, which to a browser has no such prefix,
    and would sign this browser in as somebody else. Of two by one name none is taken: with
    ``__Host-`` no honest browser has two.
    """
    pairs = [one.partition("=") for one in header.split(";")]
    named = [(name.strip(" \t"), value.strip(" \t")) for name, _, value in pairs]
    often = Counter(name for name, _ in named)
    return {name: value for name, value in named if often[name] == 1}


def _tag(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:TAG_CHARACTERS]
