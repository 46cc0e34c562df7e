"""An existing electronic identity as source: another OpenID provider, asked once and dropped.

Code flow with PKCE, nonce and ``private_key_jwt``; Authlib speaks it, over a transport of ours that
reaches the provider's own hosts alone. What the answer has to look like: ``idp.protocol.upstream``.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self
from urllib.parse import urlsplit

import httpx2
from authlib.common.errors import AuthlibBaseError
from msgspec import Struct
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from idp.domain.assurance import Assurance
from idp.domain.loopback import is_loopback
from idp.proofing.proof import EvidenceRefused, Fault, Proof
from idp.proofing.upstream_claims import ADAPTER, Mapped
from idp.protocol import jose
from idp.protocol.jose import JwtRefused, PublicKeys
from idp.protocol.strict_json import load_object
from idp.protocol.upstream import (
    Expected,
    Metadata,
    UpstreamRefused,
    check_id_token,
    check_response,
    read_metadata,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from authlib.integrations.httpx_client import AsyncOAuth2Client

    from idp.domain.clock import Clock, Entropy
    from idp.outbound import Outbound
    from idp.protocol.jose import Signer

KEPT_SECONDS: Final = 3600  # how long metadata and keys are used before they are asked for again
_FRESH_SECONDS: Final = 60  # and how soon again for a key that we do not know
_ASSERTION_SECONDS: Final = 60
_JTI_BYTES: Final = 16
_MAX_BYTES: Final = 256 * 1024
SECONDS: Final = 10.0  # for a whole exchange, however slowly its bytes come


def _issuer(value: str) -> str:
    if not (value.startswith("https://") or is_loopback(value)) or "?" in value or "#" in value:
        raise ValueError("an issuer is an https address without query")
    return value


class UpstreamSettings(BaseModel):
    """One provider, as an operator describes it. ``hosts`` are allowed beside the issuer's own."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    id: Annotated[str, Field(pattern="^[a-z0-9][a-z0-9-]{0,31}$")]
    name: Annotated[str, Field(min_length=1, max_length=80)]
    name_zh: Annotated[str, Field(alias="name#zh-Hans", max_length=80)] = ""
    issuer: Annotated[str, AfterValidator(_issuer)]
    client_id: Annotated[str, Field(min_length=1)]
    hosts: frozenset[str] = frozenset()
    scope: Annotated[str, Field(pattern=r"^openid( [!#-\[\]-~]+)*$")] = "openid"
    id_token_alg: Literal["RS256", "PS256", "ES256", "Ed25519"] = "RS256"
    assertion_audience: Literal["issuer", "token_endpoint"] = "issuer"
    lowest_level: Assurance = Assurance.SUBSTANTIAL
    claims: Mapped

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if not any(level.reaches(self.lowest_level) for level in self.claims.levels.values()):
            raise ValueError("no level in claims.levels reaches lowest_level")
        return self

    @property
    def all_hosts(self) -> frozenset[str]:
        """Every host (with its port, if any) that we may send to."""
        return self.hosts | {urlsplit(self.issuer).netloc}

    def name_in(self, locale: str) -> str:
        """Return the provider's name in the page's language."""
        return (self.name_zh if locale == "zh-Hans" else "") or self.name


def read_settings(text: bytes) -> list[UpstreamSettings]:
    """Read the file of all providers; raises ValueError (pydantic's) that names the member."""
    found = TypeAdapter(list[UpstreamSettings]).validate_json(text)
    if len({one.id for one in found}) < len(found) or len({one.issuer for one in found}) < len(
        found
    ):
        raise ValueError("two entries have the same id, or the same issuer")
    return found


class Unreachable(Exception):
    """The other provider cannot be asked now; ``reason`` is for the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SignIn(Struct, frozen=True):
    """One sign-in under way there: what we drew for it, and where it comes back to."""

    state: str
    nonce: str
    verifier: str
    redirect_uri: str

    __repr__ = object.__repr__


class Returned(Struct, frozen=True):
    """What came back to us, and the sign-in that it belongs to."""

    sign_in: SignIn
    code: str
    iss: str | None

    __repr__ = object.__repr__


class _Known(Struct):
    """Metadata and keys, and when they were read."""

    metadata: Metadata
    keys: PublicKeys
    at: int


class Upstream:
    """Another provider as an adapter: takes what came back from it for who somebody is."""

    name = ADAPTER

    def __init__(
        self,
        settings: UpstreamSettings,
        *,
        outbound: Outbound,
        signer: Signer,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self.settings = settings
        self._outbound = outbound
        self._signer = signer
        self._clock = clock
        self._entropy = entropy
        self._known: _Known | None = None
        # Where nobody is asked, nobody has to hold its five MiB in memory. Where somebody is, it is
        # read now: later the disk may hold another version, and everybody would wait.
        from authlib.integrations.httpx_client import AsyncOAuth2Client  # noqa: PLC0415 - see above

        self._new_client = AsyncOAuth2Client

    async def address(self, sign_in: SignIn) -> str:
        """Return where to send the browser; raises Unreachable."""
        known = await self._discovered()
        async with self._client(sign_in.redirect_uri) as client:
            address, _ = client.create_authorization_url(
                known.metadata.authorization_endpoint,
                state=sign_in.state,
                code_verifier=sign_in.verifier,
                nonce=sign_in.nonce,
                claims=json.dumps(self.settings.claims.request(), separators=(",", ":")),
            )
        return str(address)

    async def prove(self, submission: Returned, *, today: date) -> Proof:
        """Return who the other provider says came back; raises EvidenceRefused and Unreachable."""
        settings = self.settings
        known = await self._discovered()
        try:
            check_response(
                submission.iss, issuer=settings.issuer, names_itself=known.metadata.names_itself
            )
            claims = await self._claims(submission)
        except UpstreamRefused as refused:
            raise EvidenceRefused(Fault.TOKEN, refused.reason) from None
        found = settings.claims.read(claims)
        return found.proof(verifier=settings.id, lowest=settings.lowest_level, today=today)

    async def _claims(self, submission: Returned) -> Mapping[str, Any]:
        known = await self._discovered()
        token = await self._redeem(known.metadata, submission)
        expected = Expected(
            issuer=self.settings.issuer,
            client_id=self.settings.client_id,
            nonce=submission.sign_in.nonce,
            alg=self.settings.id_token_alg,
            now=self._clock.now(),
        )
        try:
            return check_id_token(token, known.keys, expected)
        except UpstreamRefused as refused:
            # A key may be newer than what we keep; asked again at most once a minute.
            if refused.reason != "unknown kid" or expected.now - known.at < _FRESH_SECONDS:
                raise
        self._known = None
        return check_id_token(token, (await self._discovered()).keys, expected)

    async def _redeem(self, metadata: Metadata, submission: Returned) -> str:
        assertion = await self._assertion(metadata)
        async with self._client(submission.sign_in.redirect_uri, assertion) as client:
            try:
                async with asyncio.timeout(SECONDS):
                    answer = await client.fetch_token(
                        metadata.token_endpoint,
                        grant_type="authorization_code",
                        code=submission.code,
                        code_verifier=submission.sign_in.verifier,
                    )
            except AuthlibBaseError:
                raise UpstreamRefused("the token endpoint refused the code") from None
            except (httpx2.HTTPError, TimeoutError) as error:
                raise Unreachable(f"token endpoint: {type(error).__name__}") from None
            except (ValueError, TypeError, KeyError, AttributeError):
                raise UpstreamRefused("the token endpoint's answer is no token") from None
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise UpstreamRefused("there is no ID token")
        return token

    async def _discovered(self) -> _Known:
        now = self._clock.now()
        if self._known is None or not 0 <= now - self._known.at < KEPT_SECONDS:
            issuer, hosts = self.settings.issuer, self.settings.all_hosts
            try:
                address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
                metadata = read_metadata(await self._get(address), issuer=issuer, hosts=hosts)
                keys = _keys(await self._get(metadata.jwks_uri))
            except UpstreamRefused as refused:
                raise Unreachable(refused.reason) from None
            self._known = _Known(metadata, keys, now)
        return self._known

    async def _get(self, address: str) -> Mapping[str, Any]:
        async with httpx2.AsyncClient(transport=self._transport(), trust_env=False) as client:
            try:
                async with asyncio.timeout(SECONDS):
                    answer = await client.get(address)
                answer.raise_for_status()
                return load_object(answer.content)
            except (httpx2.HTTPError, TimeoutError) as error:
                raise Unreachable(f"metadata: {type(error).__name__}") from None
            except ValueError:
                raise Unreachable("metadata is not JSON") from None

    def _client(self, redirect_uri: str, assertion: bytes = b"") -> AsyncOAuth2Client:
        def authenticate(
            _auth: Any, _method: str, uri: str, headers: dict[str, str], body: bytes
        ) -> tuple[str, dict[str, str], bytes]:
            return uri, headers, body + b"&" + assertion

        return self._new_client(
            client_id=self.settings.client_id,
            token_endpoint_auth_method=authenticate,
            scope=self.settings.scope,
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            transport=self._transport(),
            trust_env=False,
        )

    async def _assertion(self, metadata: Metadata) -> bytes:
        """Return the form fields of ``private_key_jwt`` (RFC 7523 §2.2)."""
        now, settings = self._clock.now(), self.settings
        to_issuer = settings.assertion_audience == "issuer"
        claims = {
            "iss": settings.client_id,
            "sub": settings.client_id,
            "aud": settings.issuer if to_issuer else metadata.token_endpoint,
            "jti": self._entropy.bytes(_JTI_BYTES).hex(),
            "iat": now,
            "exp": now + _ASSERTION_SECONDS,
        }
        assertion = await jose.sign(self._signer, claims, typ="JWT")
        kind = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
        return f"client_assertion_type={kind}&client_assertion={assertion}".encode()

    def _transport(self) -> httpx2.AsyncBaseTransport:
        # The operator wrote these hosts down, so they may be private: an authority's own network.
        return self._outbound.transport(self.settings.all_hosts, limit=_MAX_BYTES)


def _keys(document: Mapping[str, Any]) -> PublicKeys:
    keys = document.get("keys")
    if not isinstance(keys, list):
        raise UpstreamRefused("there are no keys")
    signing = [key for key in keys if isinstance(key, dict) and key.get("use", "sig") == "sig"]
    try:
        return PublicKeys({"keys": signing})
    except JwtRefused as refused:
        raise UpstreamRefused(refused.reason) from None
