"""A Merkle tree that only grows, and the proofs that it did (RFC 6962 §2.1, RFC 9162 §2.1).

The rules. A leaf is hashed with 0x00 before it and a node with 0x01, so that no leaf passes for a
node. A tree of n leaves splits at the largest power of two below n; its perfect subtrees never
change again, so each is stored once, at its *place*: (level, number from the left). Whoever holds a
root can be shown that a leaf stands at an index, and that a later tree begins with the same leaves.

Our own small code on purpose: it is short, its test vectors are public, and what exists is either
unmaintained or a service of its own.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    Place = tuple[int, int]
    Node = tuple[int, int, bytes]
    Range = tuple[int, int]

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over its two halves."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(peaks: Sequence[bytes]) -> bytes:
    """Return the hash over perfect subtrees that stand side by side, the largest first."""
    if not peaks:
        return EMPTY_ROOT
    found = peaks[-1]
    for peak in reversed(peaks[:-1]):
        found = node_hash(peak, found)
    return found


def append(size: int, peaks: Sequence[bytes], leaf: bytes) -> tuple[list[bytes], list[Node]]:
    """Return the peaks of a tree of ``size`` leaves with the leaf hash ``leaf`` behind them.

    And the nodes that came to be by it, the leaf's own first.
    """
    grown, nodes = [*peaks], [(0, size, leaf)]
    found, level, number = leaf, 0, size
    while number % 2:
        found = node_hash(grown.pop(), found)
        level, number = level + 1, number // 2
        nodes.append((level, number, found))
    return [*grown, found], nodes


def places(first: int, end: int) -> list[Place]:
    """Return where the perfect subtrees of the leaves ``first`` to ``end`` (left out) are stored.

    The largest first; ``first`` is a multiple of what the range needs, as in every range below.
    """
    found = []
    while first < end:
        level = (end - first).bit_length() - 1
        found.append((level, first >> level))
        first += 1 << level
    return found


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """Return the ranges of leaves whose hashes prove ``index`` in a tree of ``size``, lowest first.

    Raises ValueError for an index outside of the tree.
    """
    if not 0 <= index < size:
        raise ValueError("no such leaf in a tree of this size")
    first, end, found = 0, size, []
    while end - first > 1:
        middle = first + _split(end - first)
        if index < middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((first, middle))
            first = middle
    return found[::-1]


def consistency_ranges(old: int, new: int) -> list[Range]:
    """Return the ranges whose hashes prove that ``new`` leaves begin with the first ``old``.

    Raises ValueError unless 0 < ``old`` <= ``new``.
    """
    if not 0 < old <= new:
        raise ValueError("the older tree is neither empty nor larger than the newer")
    first, end, found = 0, new, []
    while old != end:
        middle = first + _split(end - first)
        if old <= middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((first, middle))
            first = middle
    if first:  # else it is the older root itself, which whoever asks has
        found.append((first, end))
    return found[::-1]


async def proof(
    ranges: Sequence[Range], node: Callable[[int, int], Awaitable[bytes]]
) -> list[bytes]:
    """Return the hash of each range; ``node`` gives the stored hash of one place."""
    return [root([await node(*place) for place in places(*one)]) for one in ranges]


def includes(leaf: bytes, index: int, size: int, path: Sequence[bytes], tree_root: bytes) -> bool:
    """Tell whether ``path`` proves the leaf hash ``leaf`` at ``index`` (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        return False
    first, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if first % 2 or first == last:
            found = node_hash(step, found)
            while not first % 2 and first:
                first, last = first >> 1, last >> 1
        else:
            found = node_hash(found, step)
        first, last = first >> 1, last >> 1
    return last == 0 and found == tree_root


def is_consistent(
    old: int, new: int, path: Sequence[bytes], old_root: bytes, new_root: bytes
) -> bool:
    """Tell whether ``path`` proves that ``new`` leaves begin with ``old`` (RFC 9162 §2.1.4.2)."""
    if old == new:
        return not path and old_root == new_root
    if not 0 < old < new or not path:
        return False
    steps = [old_root, *path] if old & (old - 1) == 0 else [*path]
    first, last = old - 1, new - 1
    while first % 2:
        first, last = first >> 1, last >> 1
    older = newer = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if first % 2 or first == last:
            older, newer = node_hash(step, older), node_hash(step, newer)
            while not first % 2 and first:
                first, last = first >> 1, last >> 1
        else:
            newer = node_hash(newer, step)
        first, last = first >> 1, last >> 1
    return last == 0 and older == old_root and newer == new_root


def _split(size: int) -> int:
    """Return the largest power of two below ``size``, which is 2 at least."""
    return 1 << ((size - 1).bit_length() - 1)
