"""The synchronous twin, for Flask, Django and scripts: the same methods without ``await``.

    platform = discover(issuer, client_id, client_secret, redirect_uri)
    url, pending = platform.begin_sign_in()
    sign_in = platform.finish_sign_in(pending, query)

It holds no rule: each call runs `network_id.Platform` on one event loop in the background, so every
check, limit and error is the same one. Safe for threads and for forked workers (``--preload``).
"""

from __future__ import annotations

from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Self, TypeVar, Unpack

from network_id import background
from network_id import discovery as asynchronous
from network_id.logout_token import Logout, require_new

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from types import TracebackType

    from network_id.options import Options
    from network_id.platform import Kept, Platform
    from network_id.request import Ask
    from network_id.sign_in import Pending, SignIn
    from network_id.tokens import Tokens
    from network_id.userinfo import UserInfo

T = TypeVar("T")


def discover(
    issuer: str,
    client_id: str,
    client_secret: str | None,
    redirect_uri: str,
    options: Options | None = None,
) -> SyncPlatform:
    """Return a SyncPlatform, ready. As `network_id.discover`."""
    platform = discover_later(issuer, client_id, client_secret, redirect_uri, options)
    try:
        platform.ready()
    except BaseException:
        platform.close()
        raise
    return platform


def discover_later(
    issuer: str,
    client_id: str,
    client_secret: str | None,
    redirect_uri: str,
    options: Options | None = None,
) -> SyncPlatform:
    """Return a SyncPlatform that discovers when it is needed. As `network_id.discover_later`."""
    return SyncPlatform(
        asynchronous.discover_later(issuer, client_id, client_secret, redirect_uri, options)
    )


class SyncPlatform:
    """One client at one provider. Made by `discover` or `discover_later` of this module."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def __repr__(self) -> str:
        return f"Sync{self._platform!r}"

    @property
    def issuer(self) -> str:
        """The provider's issuer, byte for byte as configured."""
        return self._platform.issuer

    def ready(self) -> None:
        """Discover the provider now. As `Platform.ready`."""
        self._run(lambda platform: platform.ready())

    def begin_sign_in(self, **ask: Unpack[Ask]) -> tuple[str, Pending]:
        """Return where to send the browser, and what to keep. As `Platform.begin_sign_in`."""
        return self._run(lambda platform: platform.begin_sign_in(**ask))

    def finish_sign_in(self, pending: Kept, callback_query: str | bytes) -> SignIn:
        """Return the verified sign-in that came back. As `Platform.finish_sign_in`."""
        return self._run(lambda platform: platform.finish_sign_in(pending, callback_query))

    def refresh(self, tokens: Tokens, *, scope: str | None = None) -> tuple[Tokens, SignIn | None]:
        """Return new tokens, and what a new ID token says. As `Platform.refresh`."""
        return self._run(lambda platform: platform.refresh(tokens, scope=scope))

    def userinfo(self, of: SignIn | Tokens) -> UserInfo:
        """Return what the provider says of the person now. As `Platform.userinfo`."""
        return self._run(lambda platform: platform.userinfo(of))

    def revoke(self, tokens: SignIn | Tokens) -> None:
        """Give tokens back. As `Platform.revoke`."""
        self._run(lambda platform: platform.revoke(tokens))

    def sign_out(self, after: str = "/", sign_in: SignIn | None = None) -> str:
        """Return where to send the browser after logging out. As `Platform.sign_out`."""
        return self._run(lambda platform: platform.sign_out(after, sign_in))

    def verify_logout(self, logout_token: object) -> Logout:
        """Return the session that has ended. As `Platform.verify_logout`.

        ``Options.logout_is_new`` is asked on the calling thread, so it may use a framework's
        database.
        """
        logout, until = self._run(lambda platform: platform.check_logout(logout_token))
        is_new = self._platform.logout_is_new(logout.jti, until)
        if isawaitable(is_new):
            waiting = is_new
            is_new = self._run(lambda _: _answer(waiting))
        require_new(is_new=bool(is_new))
        return logout

    def close(self) -> None:
        """Close the connections to the provider; at the process's end they close by themselves."""
        if not background.has_ended():
            self._run(lambda platform: platform.aclose())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _run(self, ask: Callable[[Platform], Coroutine[Any, Any, T]]) -> T:
        return background.run(lambda: ask(self._platform))


async def _answer(waiting: Awaitable[T]) -> T:
    return await waiting
