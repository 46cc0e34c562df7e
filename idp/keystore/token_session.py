"""The one session that this process has with a token: opened when needed, and again when lost.

1. All of it runs on the one thread that speaks to the vendor's library (``idp.keystore.worker``).
   python-pkcs11 initialises a library for one thread (``C_Initialize`` without arguments), and two
   threads, each with a session of its own, break it.
2. A session that is lost is opened anew, once, for the work under way. When that fails, the token
   is left alone for a second: many requests must not become many attempts to log in.
3. A PIN that was refused is never tried again, and none is when it is the last try that the token
   allows: many lock for good after the third.
4. A child of a fork begins anew: what it inherited is its parent's.
"""

import hmac
import os
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Any, Final, TypeVar

import pkcs11
from msgspec import Struct, field
from pkcs11 import ObjectClass, TokenFlag
from pkcs11.exceptions import PinIncorrect, PinInvalid, PinLenRange, PinLocked, PKCS11Error

from idp.keystore.errors import TokenPinError, TokenRefusedError, TokenUnavailableError
from idp.keystore.token_keys import find

Done = TypeVar("Done")

_PAUSE_SECONDS: Final = 1.0
_REFUSED: Final = (PinIncorrect, PinInvalid, PinLenRange, PinLocked)
_LAST_TRY: Final = TokenFlag.USER_PIN_FINAL_TRY | TokenFlag.USER_PIN_LOCKED


class Opened(Struct, frozen=True):
    """An open session, and the keys that were found in it."""

    session: pkcs11.Session
    _keys: dict[bytes, Any] = field(default_factory=dict)

    def key(self, kind: ObjectClass, key_id: bytes) -> Any:
        """Return the key by this id; raises TokenKeyError."""
        if key_id not in self._keys:
            self._keys[key_id] = find(self.session, kind, key_id)
        return self._keys[key_id]

    def forget(self, key_id: bytes) -> None:
        """Look for a key anew the next time."""
        self._keys.pop(key_id, None)


class _Library:
    """A vendor's library as this process has initialised it. Every session dies with that."""

    def __init__(self, module: Path) -> None:
        self._module = str(module)
        self._process = 0
        self.times = 0

    def get(self) -> Any:
        library = pkcs11.lib(self._module)
        if self._process != os.getpid():
            if self._process:
                library.reinitialize()
            self._process = os.getpid()
            self.times += 1
        return library

    def reset(self) -> None:
        self.times += 1
        with suppress(PKCS11Error):
            pkcs11.lib(self._module).finalize()


_library: Final = cache(_Library)


class TokenSession:
    """The session; ``run`` is for the one thread."""

    def __init__(self, module: Path, label: str, pin: str) -> None:
        self.label = label
        self._library = _library(module)
        self._pin = pin
        self._opened: Opened | None = None
        self._times = 0
        self._refused: str | None = None
        self._not_before = 0.0

    def run(self, work: Callable[[Opened], Done]) -> Done:
        """Do ``work`` in an open session, twice if the first one is lost over it.

        Raises TokenUnavailableError, TokenPinError, TokenRefusedError, and whatever ``work`` does.
        """
        try:
            return work(self._open())
        except PKCS11Error:
            self._library.reset()
        try:
            opened = self._open()
        except PKCS11Error as error:
            self._library.reset()
            self._not_before = monotonic() + _PAUSE_SECONDS
            raise TokenUnavailableError(
                f"the token {self.label} is not there: {_why(error)}"
            ) from None
        try:
            return work(opened)
        except PKCS11Error as error:
            self._library.reset()
            raise TokenRefusedError(
                f"the token {self.label} did not do it: {_why(error)}"
            ) from None

    def has_pin(self, pin: str) -> bool:
        """Tell whether this is the PIN; only the token itself knows whether it is right."""
        return hmac.compare_digest(self._pin.encode(), pin.encode())

    @property
    def refused(self) -> bool:
        """The token did not take the PIN."""
        return self._refused is not None

    def _open(self) -> Opened:
        if self._refused is not None:
            raise TokenPinError(self._refused)
        if monotonic() < self._not_before:
            raise TokenUnavailableError(f"the token {self.label} did not answer a moment ago")
        library = self._library.get()
        if self._opened is None or self._times != self._library.times:
            token = library.get_token(token_label=self.label)
            if token.flags & _LAST_TRY:
                raise self._refuse("allows one more try of the PIN, or none, and it was not tried")
            try:
                session = token.open(rw=True, user_pin=self._pin)
            except _REFUSED as error:
                raise self._refuse(f"refused the PIN ({type(error).__name__})") from None
            self._opened, self._times = Opened(session), self._library.times
        return self._opened

    def _refuse(self, why: str) -> TokenPinError:
        self._refused = (
            f"the token {self.label} {why}. It is not tried again before a restart: mend "
            "IDP_PKCS11_PIN_FILE first, since a token may lock itself"
        )
        return TokenPinError(self._refused)


def _why(error: PKCS11Error) -> str:
    """Return the standard's name of an error; one of the loader's own names the file."""
    return str(error) if type(error) is PKCS11Error else type(error).__name__


_SESSIONS: Final[dict[tuple[Path, str], TokenSession]] = {}


def session_with(module: Path, label: str, pin: str) -> TokenSession:
    """Return this process's session with a token, which may be open already.

    Raises TokenPinError when that is by another PIN: the token would not ask for it again.
    """
    known = _SESSIONS.get((module, label))
    if known is not None and not known.has_pin(pin) and not known.refused:
        raise TokenPinError(f"the token {label} is open by another PIN")
    if known is None or not known.has_pin(pin):
        known = _SESSIONS[module, label] = TokenSession(module, label, pin)
    return known
