"""A PKCS#11 token: makes keys that never leave it, signs, and gives the key that wraps all others.

Nothing waits for it without end, and a request never stops the event loop over it.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic
from typing import Final, TypeVar

from pkcs11 import ObjectClass

from idp.domain.signing_key import Algorithm
from idp.keystore import token_keys
from idp.keystore.errors import (
    KeystoreError,
    TokenKeyError,
    TokenPinError,
    TokenRefusedError,
    TokenUnavailableError,
)
from idp.keystore.public_keys import PublicKey, holds, public_jwk
from idp.keystore.token_session import Opened, session_with
from idp.keystore.worker import Worker, WorkerBusy

Done = TypeVar("Done")

SIGN_SECONDS: Final = 5.0
_LOOK_SECONDS: Final = 2.0
_LONG_SECONDS: Final = 120.0  # a small device takes half a minute over an RSA key
_FRESH_SECONDS: Final = 5.0
_MOST_WAITING: Final = 128
_WRAPPING: Final = b"network-id/wrapping-key/1"
_PROOF: Final = b"network-id/proof"
_WORKER: Final = Worker("pkcs11", most_waiting=_MOST_WAITING)


class Token:
    """One token by its label. Every method may be called from any thread."""

    answers = False
    """It gave the last that it was asked for."""

    def __init__(self, module: Path, label: str, pin: str) -> None:
        """Say which; nothing is loaded yet. Raises TokenPinError as ``session_with``."""
        self.label = label
        self._session = session_with(module, label, pin)
        self._answered_at = 0.0
        self._wrapping_id: bytes | None = None

    def __repr__(self) -> str:
        return f"Token({self.label!r})"

    def make(self, alg: Algorithm, key_id: bytes) -> "TokenSigner":
        """Make a signing key under ``key_id``; raises a KeystoreError. Takes seconds for RSA."""

        def work(opened: Opened) -> PublicKey:
            token_keys.destroy(opened.session, key_id)  # half of an attempt that was cut off
            return token_keys.make_signing_key(opened.session, alg, key_id)

        return self.signer(alg, key_id, self._do(work))

    def signer(self, alg: Algorithm, key_id: bytes, public: PublicKey) -> "TokenSigner":
        """Return the signer of a key, once the token has shown that it holds it.

        Raises a KeystoreError.
        """
        signer = TokenSigner(self, alg, key_id, public)

        def work(opened: Opened) -> None:
            token_keys.check_stays(opened.key(ObjectClass.PRIVATE_KEY, key_id))
            signer.signed(opened, _PROOF)

        self._do(work)
        return signer

    def destroy(self, key_id: bytes) -> None:
        """Destroy a key for good; does nothing when it is not there. Raises a KeystoreError."""

        def work(opened: Opened) -> None:
            opened.forget(key_id)
            token_keys.destroy(opened.session, key_id)

        self._do(work)

    def make_wrapping(self, key_id: bytes) -> bytes:
        """Make a key and return what ``wrapping_key`` will; raises a KeystoreError."""
        self._do(lambda opened: token_keys.make_hmac_key(opened.session, key_id))
        return self.wrapping_key(key_id)

    def wrapping_key(self, key_id: bytes) -> bytes:
        """Return the 32 bytes that the key under ``key_id`` gives; raises a KeystoreError."""
        self._wrapping_id = key_id

        def work(opened: Opened) -> bytes:
            key = opened.key(ObjectClass.SECRET_KEY, key_id)
            token_keys.check_stays(key)
            return token_keys.hmac(key, _WRAPPING)

        return self._do(work)

    async def healthy(self) -> bool:
        """Tell whether the token answers: it did a moment ago, or does now, asked."""
        if self.answers and monotonic() < self._answered_at + _FRESH_SECONDS:
            return True
        try:
            await self.ask(self._use, seconds=_LOOK_SECONDS)
        except KeystoreError:
            return False
        return True

    def _use(self, opened: Opened) -> None:
        # No search: a library may answer that from its memory although the device is gone.
        if self._wrapping_id is not None:
            token_keys.hmac(opened.key(ObjectClass.SECRET_KEY, self._wrapping_id), _PROOF)

    async def ask(self, work: Callable[[Opened], Done], *, seconds: float) -> Done:
        """Do ``work`` while the event loop goes on; raises a KeystoreError."""
        try:
            return await _WORKER.ask(lambda: self._run(work), seconds=seconds)
        except WorkerBusy as error:
            raise self._busy(error) from None

    def _do(self, work: Callable[[Opened], Done]) -> Done:
        try:
            return _WORKER.do(lambda: self._run(work), seconds=_LONG_SECONDS)
        except WorkerBusy as error:
            raise self._busy(error) from None

    def _run(self, work: Callable[[Opened], Done]) -> Done:
        try:
            done = self._session.run(work)
        except (TokenUnavailableError, TokenRefusedError, TokenPinError):
            self.answers = False
            raise
        self.answers, self._answered_at = True, monotonic()
        return done

    def _busy(self, error: WorkerBusy) -> TokenUnavailableError:
        self.answers = False
        return TokenUnavailableError(f"the token {self.label}: {error}")


class TokenSigner:
    """A signing key whose private half is in a token and stays there."""

    def __init__(self, token: Token, alg: Algorithm, key_id: bytes, public: PublicKey) -> None:
        self._token = token
        self._key_id = key_id
        self.public = public
        self.alg = alg
        self.public_jwk: Mapping[str, str] = public_jwk(alg, public)
        self.kid = self.public_jwk["kid"]

    def __repr__(self) -> str:
        return f"TokenSigner(alg={self.alg!r}, kid={self.kid!r})"

    async def sign(self, signing_input: bytes) -> bytes:
        """Return the raw JWS signature; raises SignerUnavailable within ``SIGN_SECONDS``."""
        return await self._token.ask(
            lambda opened: self.signed(opened, signing_input), seconds=SIGN_SECONDS
        )

    async def ready(self) -> bool:
        """Tell whether it would sign now."""
        return self._token.answers or await self._token.healthy()

    def signed(self, opened: Opened, signing_input: bytes) -> bytes:
        """Do the same on the token's own thread."""
        key = opened.key(ObjectClass.PRIVATE_KEY, self._key_id)
        signature = token_keys.sign(key, self.alg, signing_input)
        # One that a fault in the device made wrong would give an RSA key away (Boneh et al. 1997).
        if not holds(self.alg, self.public, signature, signing_input):
            raise TokenKeyError(f"the token's key {self._key_id.hex()} is not that of {self.kid}")
        return signature
