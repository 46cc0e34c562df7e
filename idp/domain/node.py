"""A node: one server process of the instance, as it told of itself when it was last heard of."""

from __future__ import annotations

from msgspec import Struct


class Node(Struct, frozen=True):
    """One server process. ``id`` is random; times in epoch seconds.

    ``loaded`` names what it has at hand: the kid of each signing key that it serves and could sign
    with, and ``domain:version#fingerprint`` of each version of a secret. ``jwks_max_age`` is for
    how many seconds it lets its JWKS be kept.
    """

    id: str
    loaded: frozenset[str]
    jwks_max_age: int
    started_at: int
    seen_at: int
