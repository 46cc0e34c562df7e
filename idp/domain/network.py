"""Which network a request comes from, as far as the server itself can know.

Rules in prose. The address is the one that the connection came from. A header such as
`X-Forwarded-For` says whatever its sender likes, so it counts only when the connection came from
a proxy that the operator has named; then the last entry that no named proxy made is the address.

An address is counted by its network: a household or an office gets a whole IPv6 /56 and changes
addresses within it at will; an IPv4 /24 is the smallest block that is routed by itself. An IPv6
address that only wraps an IPv4 one (mapped, 6to4, Teredo) is that IPv4 address: otherwise one
machine would be as many networks as there are ways to write it.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from ipaddress import IPv4Network, IPv6Network

UNKNOWN: Final = "unknown"
_IPV4_BITS, _IPV6_BITS = 24, 56


def proxies(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Read a list of addresses and networks, separated by commas; raises ValueError."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def client_address(
    peer: str, forwarded: Sequence[str], named: Sequence[IPv4Network | IPv6Network]
) -> str:
    """Return the address that a request comes from.

    ``peer`` is where the connection came from, ``forwarded`` every `X-Forwarded-For` header in
    order, ``named`` the operator's own proxies.
    """
    address = peer
    hops = [hop for header in forwarded for hop in header.split(",")]
    while hops and _is_named(address, named):
        hop = _without_port(hops.pop().strip())
        if _read(hop) is None:  # a proxy that writes no address is as far as we can see
            break
        address = hop
    return address


def prefix(address: str) -> str:
    """Return the network of an address in one canonical form; ``unknown`` for what is none."""
    read = _read(address)
    if read is None:
        return UNKNOWN
    if isinstance(read, IPv4Address):
        return str(ip_network((int(read), _IPV4_BITS), strict=False))
    whole = int(read) >> (128 - _IPV6_BITS) << (128 - _IPV6_BITS)
    return f"{IPv6Address(whole)}/{_IPV6_BITS}"


def _is_named(address: str, named: Sequence[IPv4Network | IPv6Network]) -> bool:
    read = _read(address)
    return read is not None and any(read in network for network in named)


def _read(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv4Address):
        return address
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else address)


def _without_port(hop: str) -> str:
    """Return the address alone: some proxies write `192.0.2.1:4711` or `[2001:db8::1]:4711`."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop
