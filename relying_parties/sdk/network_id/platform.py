"""A platform's side of one provider: discover it, begin a sign-in, finish it, sign out."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Self

import httpx2
from authlib.common.security import generate_token
from authlib.common.urls import add_params_to_uri

from network_id import logout_token as logout_tokens
from network_id.door import Door, require_secure
from network_id.errors import AlgorithmRefusedError, shown
from network_id.id_token import Expected, verify_id_token
from network_id.keys import KEY_TYPES, KeyCache
from network_id.logout_token import Logout, LogoutIsNew, Remembered
from network_id.metadata import Metadata, fetch_metadata
from network_id.response import accept_response
from network_id.sign_in import Pending, SignIn
from network_id.signed import Wanted, unverified
from network_id.system import system_clock
from network_id.token_endpoint import Credentials, oauth_client, redeem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

TOKEN_CHARACTERS = 43  # of 62 kinds: 256 bits


@dataclass(frozen=True, slots=True)
class Options:
    """What a platform may set; the defaults are right for most.

    ``algorithms``: the registered id_token_signed_response_alg, one or more of
    RS256, PS256, ES256 and Ed25519.
    ``scope``: asked at every sign-in. ``seconds`` and ``size`` (bytes) bound each fetch.
    ``leeway``: seconds by which the two clocks may differ. ``logout_is_new``: where used logout
    tokens are remembered; the default is this process's memory. ``transport``: another way out, for
    tests and proxies; the limits hold for it too.
    """

    scope: str = "openid"
    algorithms: frozenset[str] = frozenset(KEY_TYPES)
    seconds: float = 5.0
    size: int = 262_144
    leeway: int = 30
    clock: Callable[[], int] = system_clock
    logout_is_new: LogoutIsNew | None = None
    transport: httpx2.AsyncBaseTransport | None = field(default=None, repr=False)


async def discover(
    issuer: str,
    client_id: str,
    client_secret: str | None,
    redirect_uri: str,
    options: Options | None = None,
) -> Platform:
    """Return a Platform, ready: the provider's metadata is checked and its keys are loaded.

    ``client_secret`` is None for a public client (PKCE alone). Keep the Platform for the life of
    the process; it is safe for concurrent sign-ins.

    Raises InsecureUrlError, IssuerMismatchError, DiscoveryInvalidError, AlgorithmRefusedError (for
    ``options``), ProviderUnavailableError, ProviderAnswerError.
    """
    options = options or Options()
    require_secure(redirect_uri)
    if not options.algorithms or not options.algorithms <= set(KEY_TYPES):
        raise AlgorithmRefusedError(
            expected=" and ".join(sorted(KEY_TYPES)), came=shown(sorted(options.algorithms))
        )
    door = Door(
        options.transport or httpx2.AsyncHTTPTransport(),
        seconds=options.seconds,
        size=options.size,
    )
    # trust_env off: a proxy from the environment would go round the door.
    http = httpx2.AsyncClient(transport=door, trust_env=False)
    try:
        metadata = await fetch_metadata(http, issuer)
        keys = KeyCache(http, metadata.jwks_uri, options.clock)
        await keys.load()
    except BaseException:
        await http.aclose()
        raise
    credentials = Credentials(client_id, client_secret, redirect_uri)
    return Platform(metadata, credentials, keys, Way(http, door, options))


@dataclass(frozen=True, slots=True, repr=False)
class Way:
    """How a Platform reaches the provider."""

    http: httpx2.AsyncClient
    door: Door
    options: Options


class Platform:
    """One client at one provider. Made by `discover`."""

    def __init__(
        self, metadata: Metadata, credentials: Credentials, keys: KeyCache, way: Way
    ) -> None:
        self._metadata = metadata
        self._credentials = credentials
        self._keys = keys
        self._way = way
        self._logout_is_new = way.options.logout_is_new or Remembered(way.options.clock)

    def __repr__(self) -> str:
        return f"Platform(issuer={self.issuer!r}, client_id={self._credentials.client_id!r})"

    @property
    def issuer(self) -> str:
        """The provider's issuer, byte for byte as configured."""
        return self._metadata.issuer

    async def begin_sign_in(
        self,
        *,
        claims: Mapping[str, Any] | None = None,
        prompt: str | None = None,
        ui_locales: str | None = None,
    ) -> tuple[str, Pending]:
        """Return where to send the browser, and what to keep in its session until it comes back.

        ``claims`` as OpenID Connect Core 1.0 §5.5, e.g.
        ``{"id_token": {"age_over_18": {"essential": True}}}``. State and nonce have 256 random
        bits; PKCE is S256 (RFC 7636 §4.2). Asynchronous because a pushed request (RFC 9126) needs
        a round trip.
        """
        pending = Pending(
            issuer=self.issuer,
            begun_at=self._way.options.clock(),
            state=generate_token(TOKEN_CHARACTERS),
            nonce=generate_token(TOKEN_CHARACTERS),
            code_verifier=generate_token(TOKEN_CHARACTERS),
        )
        url, _ = oauth_client(self._credentials, self._way.door).create_authorization_url(
            self._metadata.authorization_endpoint,
            state=pending.state,
            code_verifier=pending.code_verifier,
            nonce=pending.nonce,
            scope=self._way.options.scope,
            claims=None if claims is None else json.dumps(claims, separators=(",", ":")),
            prompt=prompt,
            ui_locales=ui_locales,
        )
        return url, pending

    async def finish_sign_in(self, pending: Pending | None, callback_query: str) -> SignIn:
        """Return the verified sign-in that the browser brought to the redirect URI.

        ``pending`` is what this browser's session holds, or None; remove it from there first, so
        that it works once. ``callback_query`` is the raw query string.

        Raises a `SignInError` that names the first check that failed. Then nobody is signed in.
        """
        options, metadata = self._way.options, self._metadata
        pending, code = accept_response(pending, callback_query, metadata, options.clock())
        client = oauth_client(self._credentials, self._way.door)
        tokens = await redeem(client, metadata.token_endpoint, code, pending.code_verifier)
        expected = Expected(
            issuer=metadata.issuer,
            client_id=self._credentials.client_id,
            nonce=pending.nonce,
            access_token=tokens.access_token,
            algorithms=options.algorithms,
            now=options.clock(),
            leeway=options.leeway,
        )
        return await verify_id_token(tokens.id_token, self._keys, expected)

    async def sign_out(self, after: str = "/", sign_in: SignIn | None = None) -> str:
        """Return where to send the browser once the platform has forgotten its own session.

        That is ``after``; or with ``sign_in`` the provider, which asks the person whether its
        session ends too and sends them to ``after`` then (RP-Initiated Logout 1.0 §2), a URL that
        is registered in ``post_logout_redirect_uris``. Whoever declines comes back as well.
        """
        endpoint = self._metadata.end_session_endpoint
        if sign_in is None or endpoint is None:
            return after
        query = {"id_token_hint": sign_in.id_token, "post_logout_redirect_uri": after}
        return str(add_params_to_uri(endpoint, list(query.items())))

    async def verify_logout(self, logout_token: object) -> Logout:
        """Return the session that has ended, as the provider told your back-channel logout URI.

        ``logout_token`` is that field of its POST, or None. End each session of yours for which
        ``logout.ends(network_id=…, sid=…)`` is true, then answer 200 with ``Cache-Control:
        no-store``. Each token works once (``Options.logout_is_new``).

        Raises a `TokenError`: end nothing, answer 400. Raises ProviderError when the provider's
        keys cannot be had: answer 503, and it tries again.
        """
        options = self._way.options
        wanted = Wanted(
            issuer=self.issuer,
            client_id=self._credentials.client_id,
            algorithms=options.algorithms,
            now=options.clock(),
            leeway=options.leeway,
        )
        with logout_tokens.refusing():
            token = unverified(logout_token, options.algorithms, logout_tokens.TYP)
            key = await self._keys.find(token.kid, token.alg)
            logout, until = logout_tokens.read_logout(token, key, wanted)
        is_new = self._logout_is_new(logout.jti, until)
        logout_tokens.require_new(is_new=bool(await is_new if isawaitable(is_new) else is_new))
        return logout

    async def aclose(self) -> None:
        """Close the connections to the provider."""
        await self._way.http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()
