"""What stands in the files of a key store, and how they are sealed.

The rules:

1. One JSON file per key. Its head stands in clear, so that an operator can see what it is; the key
   itself is wrapped by AES-256-GCM: nonce (12 bytes) | ciphertext and tag, base64url.
2. The whole head is authenticated with the key. A file copied over another, or a head that was
   edited (a retired key made active again, say), does not open.
3. A file's name follows from its head, so a renamed file is noticed.
4. `keystore.json` lists the files and is sealed like them. It names the store, and every key file
   repeats that name: a key of another store is refused even when one wrapping key opens both.
5. Where a token gives the wrapping key, `keystore.json` names the key in it, and files of signing
   keys that are in the token hold nothing secret.
"""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import BaseModel, ConfigDict, Field

from idp.domain import base64url
from idp.domain.clock import Entropy
from idp.domain.framing import framed
from idp.domain.secret_key import HIGHEST_VERSION, SecretDomain
from idp.domain.signing_key import Algorithm
from idp.keystore.wrapping import WRAPPING_KEY_BYTES

if TYPE_CHECKING:
    from idp.keystore.token import Token

MANIFEST_NAME: Final = "keystore.json"
STORE_ID_BYTES: Final = 16
_NONCE_BYTES: Final = 12
_KEY_ID: Final = r"^[0-9a-f]{32}$"


class WrapBroken(Exception):
    """A wrapped value was altered, moved, or wrapped under another key."""


class Wrapper:
    """Wraps and unwraps under one wrapping key. Raises ValueError when that is not 32 bytes.

    Where a token gave that key, from its key ``token_key``, signing keys are made there too.
    """

    def __init__(
        self, wrapping_key: bytes, token: "Token | None" = None, token_key: str | None = None
    ) -> None:
        if len(wrapping_key) != WRAPPING_KEY_BYTES:
            raise ValueError(f"a wrapping key is {WRAPPING_KEY_BYTES} bytes")
        self._cipher = AESGCM(wrapping_key)
        self.token = token
        self.token_key = token_key

    def wrap(self, plain: bytes, head: bytes, entropy: Entropy) -> str:
        """Seal `plain` together with the head it stands under, as base64url text."""
        nonce = entropy.bytes(_NONCE_BYTES)
        wrapped = nonce + self._cipher.encrypt(nonce, plain, head)
        return base64url.encode(wrapped)

    def unwrap(self, text: str, head: bytes) -> bytes:
        """Return what was wrapped under exactly this head; raise WrapBroken otherwise."""
        try:
            wrapped = base64url.decode(text)
            return self._cipher.decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], head)
        except (InvalidTag, ValueError):
            raise WrapBroken from None


class _File(BaseModel):
    """What all files share. Strict: an unknown or missing member is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    format: Literal[1] = 1
    store: str = Field(pattern=r"^[0-9a-f]{32}$")
    wrapped: str = Field(repr=False)

    def to_bytes(self) -> bytes:
        """Return the file's contents: JSON, ending in a line break."""
        return self.model_dump_json(indent=2, exclude_none=True).encode() + b"\n"

    def sealed(self, wrapper: Wrapper, plain: bytes, entropy: Entropy) -> Self:
        """Return this file with `plain` wrapped under its head."""
        return self.model_copy(update={"wrapped": wrapper.wrap(plain, self.head(), entropy)})

    def opened(self, wrapper: Wrapper) -> bytes:
        """Return what is wrapped; raise WrapBroken."""
        return wrapper.unwrap(self.wrapped, self.head())

    def head(self) -> bytes:
        """Return everything but the wrapped value, in one unambiguous form."""
        return framed(*(part.encode() for part in ("network-id/key-file/1", *self._parts())))

    def _parts(self) -> tuple[str, ...]:
        raise NotImplementedError


class Manifest(_File):
    """`keystore.json`: the names of all key files of one store. Nothing secret is wrapped in it.

    ``token_key`` is the CKA_ID of the key in a token that gives the wrapping key, where one does.
    """

    kind: Literal["manifest"] = "manifest"
    token_key: str | None = Field(default=None, pattern=_KEY_ID)
    files: list[str]

    def _parts(self) -> tuple[str, ...]:
        wrapped_by = () if self.token_key is None else (f"token:{self.token_key}",)
        return (self.kind, self.store, *wrapped_by, *self.files)


class SigningKeyFile(_File):
    """One private signing key, PKCS #8 DER when unwrapped."""

    kind: Literal["signing"] = "signing"
    alg: Algorithm
    kid: str = Field(pattern=r"^[A-Za-z0-9_-]{43}$")
    state: Literal["active"] = "active"
    created: date

    @property
    def name(self) -> str:
        """The file's name."""
        return f"signing-{self.alg}-{self.kid}.json"

    def _parts(self) -> tuple[str, ...]:
        return (self.kind, self.store, self.alg, self.kid, self.state, self.created.isoformat())


class TokenKeyFile(_File):
    """A signing key that is in a token, by its CKA_ID; its public half, as DER, when unwrapped."""

    kind: Literal["token"] = "token"
    alg: Algorithm
    kid: str = Field(pattern=r"^[A-Za-z0-9_-]{43}$")
    key_id: str = Field(pattern=_KEY_ID)
    created: date

    @property
    def name(self) -> str:
        """The file's name."""
        return f"signing-{self.alg}-{self.kid}.json"

    def _parts(self) -> tuple[str, ...]:
        role = (self.kind, self.store, self.alg, self.kid)
        return (*role, self.key_id, self.created.isoformat())


class SecretKeyFile(_File):
    """One version of one domain's secret, 32 bytes when unwrapped."""

    kind: Literal["secret"] = "secret"
    domain: SecretDomain
    version: int = Field(ge=1, le=HIGHEST_VERSION)
    state: Literal["active"] = "active"
    created: date

    @property
    def name(self) -> str:
        """The file's name."""
        return f"secret-{self.domain}-{self.version}.json"

    def _parts(self) -> tuple[str, ...]:
        role = (self.kind, self.store, self.domain.value, str(self.version))
        return (*role, self.state, self.created.isoformat())


AnyKeyFile = SigningKeyFile | TokenKeyFile | SecretKeyFile
KeyFile = Annotated[AnyKeyFile, Field(discriminator="kind")]
