"""Where we may send something: addresses that others wrote down, and may have written to harm us.

Rules in prose. An address is https on a host that has a name: letters, digits and hyphens, at least
two labels, the last one beginning with a letter. So an IP address in any notation (decimal, octal,
hexadecimal, IPv6), `localhost`, user information, a trailing dot and a backslash are simply no
address of ours. The name is resolved once; *every* IP address that it has must be a public one, and
the connection goes to an address that was checked (DNS rebinding: a name that is asked twice may
answer twice). Forms of IPv6 that wrap an IPv4 address (mapped, 6to4, Teredo, NAT64) are never
public: what unwraps them would lead inside. Ports below 1024 other than 443 belong to services that
do not speak HTTP. Hosts that an operator named may be private, plain and on any port.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, ip_address, ip_network
from typing import TYPE_CHECKING, Final

import httpx2
from msgspec import Struct
from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_ADDRESS: Final = 2000
_ADDRESS: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])"
    r"(?::(?P<port>[1-9][0-9]{0,4}))?(?P<rest>[/?][!-\[\]-~]*)?",
)
_NAME: Final = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?"
)
_HTTPS: Final = 443
_HTTP: Final = 80
_LAST_RESERVED_PORT: Final = 1023
_LAST_PORT: Final = 65535
# IANA's special-purpose registries, and two addresses that serve machines of one cloud alone. Ours,
# because what `ipaddress` calls global differs between releases of Python.
_NOT_PUBLIC: Final = tuple(
    ip_network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24"),
        *("192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15"),
        *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32"),
        *("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"),
    )
)
NOT_PUBLIC: Final = "the host has no public address"
"""The same for a name that is not there: or strangers could ask us which names there are inside."""
_GLOBAL_UNICAST: Final = ip_network("2000::/3")  # all that is public in IPv6 lies in here


class OutboundRefused(httpx2.TransportError):
    """We do not send there, or do not take that answer; the text names no value."""


class Target(Struct, frozen=True):
    """A checked address: ``rest`` is path and query, ``private`` that an operator named it."""

    scheme: str
    host: str
    port: int
    rest: str
    private: bool

    @property
    def authority(self) -> str:
        """The Host header (RFC 9110 §7.2)."""
        usual = {"https": _HTTPS, "http": _HTTP}[self.scheme]
        return self.host if self.port == usual else f"{self.host}:{self.port}"


class Reach(Struct, frozen=True):
    """What may be reached. ``named``: hosts (``host`` or ``host:port``) that an operator named.

    With ``only``, nothing but the named ones.
    """

    named: frozenset[str] = frozenset()
    only: bool = False

    def target(self, address: str) -> Target:
        """Read an address; a fragment, which is never sent, is dropped. Raises OutboundRefused."""
        found = _ADDRESS.fullmatch(_lowered(address.partition("#")[0]))
        if found is None or len(address) > MAX_ADDRESS:
            raise OutboundRefused("not an address that we send to")
        scheme, host = found["scheme"], found["host"]
        port = int(found["port"] or (_HTTPS if scheme == "https" else _HTTP))
        if port > _LAST_PORT:  # below, it would be an error of ours
            raise OutboundRefused("not an address that we send to")
        private = bool({host, f"{host}:{port}"} & self.named)
        if not private:
            self._check_public(scheme, host, port)
        rest = found["rest"] or "/"
        return Target(scheme, host, port, rest if rest.startswith("/") else f"/{rest}", private)

    def with_host_of(self, address: str) -> Reach:
        """Return what may be reached when an operator named the host of ``address`` too."""
        found = _ADDRESS.fullmatch(_lowered(address.partition("#")[0]))
        if found is None:
            return self
        port = found["port"] or (_HTTPS if found["scheme"] == "https" else _HTTP)
        return replace(self, named=self.named | {f"{found['host']}:{port}"})

    def _check_public(self, scheme: str, host: str, port: int) -> None:
        if self.only:
            raise OutboundRefused("the address is not on an allowed host")
        if scheme != "https":
            raise OutboundRefused("the address is not https")
        if _NAME.fullmatch(host) is None:
            raise OutboundRefused("the host is not a public name")
        if port != _HTTPS and port <= _LAST_RESERVED_PORT:
            raise OutboundRefused("the port is reserved")


def _lowered(address: str) -> str:
    """Lower scheme and host, which mean the same in capitals (RFC 3986 §6.2.2.1)."""
    scheme, mark, rest = address.partition("://")
    end = re.search(r"[/?]|$", rest)
    host = rest[: end.start()] if end else rest
    # ASCII only: `str.lower` would turn a Kelvin sign into a k, and so one name into another.
    return (scheme + mark + host).lower() + rest[len(host) :] if address.isascii() else ""


def check_public(addresses: Iterable[str]) -> None:
    """Refuse a name that leads to anything but public addresses; raises OutboundRefused."""
    for text in addresses:
        if not is_public(text):
            raise OutboundRefused(NOT_PUBLIC)


def is_public(text: str) -> bool:
    """Tell whether an IP address is one that anybody's server may have."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if not isinstance(address, IPv4Address) and (
        address.scope_id or address not in _GLOBAL_UNICAST
    ):
        return False
    return address.is_global and not any(address in network for network in _NOT_PUBLIC)


def read_named(text: str) -> frozenset[str]:
    """Read an operator's list of hosts, separated by commas or spaces."""
    return frozenset(part.lower() for part in re.split(r"[\s,]+", text) if part)
