"""What may be told of an address that is not registered: which are, the nearest, and the slip.

Rules in prose. Whoever writes a client's id into a link gets its error page: what stands there is
public. A client's other addresses are not (a forgotten test host whose name is free to take would
be shown to whoever looks for one), so outside the sandbox only those are told that are on the very
host that was sent: that host the sender knows already. All names of this machine count as one.
Nothing here decides what is taken; that is ``idp.protocol.redirect_uri``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from idp.domain import loopback

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_THIS_MACHINE: Final = "loopback"
_WWW: Final = "www."


def seen(sent: str, registered: Iterable[str], *, every: bool) -> tuple[str, ...]:
    """Return the registered addresses that may be shown beside ``sent``, the nearest one first.

    ``every`` is for the sandbox, where nothing is anybody's.
    """
    place = _place(sent)
    shown = [uri for uri in registered if every or (place and _place(uri) == place)]
    wanted = place.removeprefix(_WWW)
    return tuple(
        sorted(
            shown,
            key=lambda uri: (_place(uri).removeprefix(_WWW) != wanted, -_likeness(sent, uri)),
        )
    )


def _place(uri: str) -> str:
    """Return the host of an address in lower case, or the scheme where it has no host."""
    try:
        parts = urlsplit(uri)
        host = parts.hostname or ""
    except ValueError:
        return ""
    return _THIS_MACHINE if host in loopback.HOSTS else host or f"{parts.scheme}:"


def _likeness(one: str, other: str) -> int:
    """Return how many characters two addresses begin and end with alike, a slash at the end less.

    Capitals count for nothing here: what differs by one is near.
    """
    one, other = one.lower().rstrip("/"), other.lower().rstrip("/")
    start = common(one, other)
    rest = min(len(one), len(other)) - start
    return start + min(rest, common(one[::-1], other[::-1]))


def common(one: str, other: str) -> int:
    """Return how many characters two texts begin with alike."""
    shorter = min(len(one), len(other))
    return next((i for i in range(shorter) if one[i] != other[i]), shorter)


def slip(sent: str, registered: str) -> str:
    """Return the usual mistake that makes these two differ, for developers; empty if none is."""
    return next((told for made, told in _SLIPS if made(sent, registered)), "")


def _invisible(sent: str, registered: str) -> bool:
    return "".join(one for one in sent if "!" <= one <= "~") == registered


def _slash(sent: str, registered: str) -> bool:
    return sent.rstrip("/") == registered.rstrip("/")


def _letters(sent: str, registered: str) -> bool:
    return sent.lower() == registered.lower()


def _scheme(sent: str, registered: str) -> bool:
    ends = sent.partition("://")[2], registered.partition("://")[2]
    return ends[0] != "" and ends[0] == ends[1]


def _this_machine(sent: str, registered: str) -> bool:
    ours, theirs = loopback.ADDRESS.fullmatch(registered), loopback.ADDRESS.fullmatch(sent)
    return bool(
        ours and theirs and ours["host"] != theirs["host"] and ours["rest"] == theirs["rest"]
    )


def _port(sent: str, registered: str) -> bool:
    try:
        one, other = urlsplit(sent), urlsplit(registered)
    except ValueError:
        return False
    same = one._replace(netloc="") == other._replace(netloc="")
    return same and one.hostname == other.hostname and one.netloc != other.netloc


def _www(sent: str, registered: str) -> bool:
    return sent.replace("://www.", "://") == registered.replace("://www.", "://")


def _fragment(sent: str, registered: str) -> bool:
    return "#" in sent and sent.partition("#")[0] == registered


def _query(sent: str, registered: str) -> bool:
    return sent.partition("?")[0] == registered.partition("?")[0]


def _encoded(sent: str, registered: str) -> bool:
    return unquote(unquote(sent)) == unquote(unquote(registered))


# In the order in which they explain the most; each is of addresses that are known to differ.
_SLIPS: Final[tuple[tuple[Callable[[str, str], bool], str], ...]] = (
    (_invisible, "A space or an invisible character was sent that the registered one has not."),
    (_slash, "Only the slash at the end differs."),
    (_scheme, "Only the scheme differs: http is not https."),
    (_letters, "Only capital and small letters differ; they count."),
    (
        _this_machine,
        "localhost and 127.0.0.1 are two addresses; only the port of either is free to choose.",
    ),
    (_port, "Only the port differs; it is free to choose for addresses of this machine alone."),
    (_www, "Only www. differs."),
    (_fragment, "A redirect URI has no fragment."),
    (_query, "Only the query differs. Values that change from time to time belong into state."),
    (
        _encoded,
        "The same characters, percent-encoded differently. They are compared as they stand.",
    ),
)
