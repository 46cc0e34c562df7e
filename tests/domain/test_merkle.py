"""The tree against published vectors, against a naive tree, and against lies."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain import merkle

# The leaves and roots by which implementations of Certificate Transparency compare themselves.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        *("", "00", "10", "2021", "3031", "40414243", "5051525354555657"),
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
# Of the same: (index from 1, size) and the path, then (old, new) and the path.
INCLUDED = {
    (1, 8): (
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ),
    (6, 8): (
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
    (3, 3): ("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",),
    (2, 5): (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ),
}
CONSISTENT = {
    (1, 8): (
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ),
    (6, 8): (
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
    (2, 5): (
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ),
}


class Tree:
    """A tree as storage keeps it: peaks, and every perfect subtree at its place."""

    def __init__(self, leaves: Sequence[bytes] = ()) -> None:
        self.size, self.peaks = 0, list[bytes]()
        self.nodes: dict[tuple[int, int], bytes] = {}
        for leaf in leaves:
            self.peaks, made = merkle.append(self.size, self.peaks, merkle.leaf_hash(leaf))
            self.nodes |= {(level, number): found for level, number, found in made}
            self.size += 1

    async def node(self, level: int, number: int) -> bytes:
        return self.nodes[level, number]

    async def inclusion(self, index: int, size: int) -> list[bytes]:
        return await merkle.proof(merkle.inclusion_ranges(index, size), self.node)

    async def consistency(self, old: int, new: int) -> list[bytes]:
        return await merkle.proof(merkle.consistency_ranges(old, new), self.node)


def naive(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962 §2.1, as it stands there."""
    if not leaves:
        return merkle.EMPTY_ROOT
    if len(leaves) == 1:
        return merkle.leaf_hash(leaves[0])
    middle = 1
    while middle * 2 < len(leaves):
        middle *= 2
    return merkle.node_hash(naive(leaves[:middle]), naive(leaves[middle:]))


def numbered(size: int) -> list[bytes]:
    return [bytes([number]) for number in range(size)]


@pytest.mark.spec("RFC 6962 §2.1")
@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_certificate_transparency(size: int):
    assert merkle.root(Tree(LEAVES[:size]).peaks).hex() == ROOTS[size]


@pytest.mark.spec("RFC 6962 §2.1.1")
@pytest.mark.parametrize(("place", "path"), INCLUDED.items())
async def test_inclusion_proofs_are_those_of_certificate_transparency(
    place: tuple[int, int], path: tuple[str, ...]
):
    found = await Tree(LEAVES).inclusion(place[0] - 1, place[1])
    assert tuple(one.hex() for one in found) == path


@pytest.mark.spec("RFC 6962 §2.1.2")
@pytest.mark.parametrize(("sizes", "path"), CONSISTENT.items())
async def test_consistency_proofs_are_those_of_certificate_transparency(
    sizes: tuple[int, int], path: tuple[str, ...]
):
    found = await Tree(LEAVES).consistency(*sizes)
    assert tuple(one.hex() for one in found) == path


@given(st.lists(st.binary(max_size=4), max_size=70))
def test_a_tree_that_grew_has_the_root_of_one_made_at_once(leaves: list[bytes]):
    tree = Tree(leaves)
    assert merkle.root(tree.peaks) == naive(leaves)
    assert tree.peaks == [tree.nodes[place] for place in merkle.places(0, len(leaves))]


@pytest.mark.spec("RFC 9162 §2.1.3.2")
async def test_every_leaf_is_proved_in_every_tree_that_holds_it():
    leaves = numbered(33)
    tree = Tree(leaves)
    for size in range(1, 34):
        for index in range(size):
            path = await tree.inclusion(index, size)
            leaf = merkle.leaf_hash(leaves[index])
            assert merkle.includes(leaf, index, size, path, naive(leaves[:size]))


@pytest.mark.spec("RFC 9162 §2.1.4.2")
async def test_every_tree_is_proved_to_begin_with_every_one_before():
    leaves = numbered(33)
    tree = Tree(leaves)
    for new in range(1, 34):
        for old in range(1, new + 1):
            path = await tree.consistency(old, new)
            assert merkle.is_consistent(old, new, path, naive(leaves[:old]), naive(leaves[:new]))


@given(st.data())
async def test_a_lie_about_inclusion_is_refused(data: st.DataObject):
    size = data.draw(st.integers(2, 40))
    index = data.draw(st.integers(0, size - 1))
    leaves = numbered(size)
    path = await Tree(leaves).inclusion(index, size)
    leaf, right = merkle.leaf_hash(leaves[index]), naive(leaves)
    spoiled = data.draw(st.sampled_from(path))
    assert not merkle.includes(merkle.leaf_hash(b"other"), index, size, path, right)
    assert not merkle.includes(leaf, (index + 1) % size, size, path, right)
    assert not merkle.includes(leaf, index, size, path[:-1], right)
    assert not merkle.includes(leaf, index, size, [*path, right], right)
    assert not merkle.includes(leaf, index, size, path, naive(leaves[:-1]))
    assert not merkle.includes(
        leaf, index, size, [b"\0" * 32 if step == spoiled else step for step in path], right
    )
    assert not merkle.includes(leaf, size, size, path, right)


@given(st.data())
async def test_a_history_rewritten_is_not_consistent(data: st.DataObject):
    new = data.draw(st.integers(2, 40))
    old = data.draw(st.integers(1, new - 1))
    rewritten = data.draw(st.integers(0, old - 1))
    leaves = numbered(new)
    changed = [*leaves]
    changed[rewritten] = b"another"
    before, after = naive(leaves[:old]), naive(changed)
    for path in (
        await Tree(changed).consistency(old, new),
        await Tree(leaves).consistency(old, new),
    ):
        assert not merkle.is_consistent(old, new, path, before, after)
        assert not merkle.is_consistent(old, new, path[:-1], before, naive(leaves))
        assert not merkle.is_consistent(old, new, [*path, before], before, naive(leaves))


def test_a_leaf_never_passes_for_a_node():
    """The second preimage that the prefixes are there against."""
    left, right = merkle.leaf_hash(b"0"), merkle.leaf_hash(b"1")
    assert merkle.leaf_hash(left + right) != merkle.root(Tree([b"0", b"1"]).peaks)


def test_what_is_in_no_tree_has_no_proof():
    for index, size in ((0, 0), (3, 3), (-1, 3)):
        with pytest.raises(ValueError, match="no such leaf"):
            merkle.inclusion_ranges(index, size)
    for old, new in ((0, 3), (4, 3), (-1, 3)):
        with pytest.raises(ValueError, match="older tree"):
            merkle.consistency_ranges(old, new)
    assert not merkle.is_consistent(0, 3, [b""], merkle.EMPTY_ROOT, merkle.EMPTY_ROOT)
