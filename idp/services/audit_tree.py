"""The state of the audit log's tree, and its signature, without which nothing goes on from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from msgspec import Struct

from idp.domain import merkle
from idp.protocol import tree_head
from idp.protocol.tree_head import HeadRefused, TreeHead
from idp.storage import audit, tree_heads

if TYPE_CHECKING:
    from idp.keystore.note_key import NoteKeys
    from idp.storage.database import Connection, Row

LARGEST = 2**31 - 1
"""More entries than any log has: what stands before it is all of them."""


class Tree(Struct, frozen=True):
    """The tree as its one row says: number of leaves, last time, peaks, signed head (or none)."""

    size: int
    at: int
    peaks: tuple[bytes, ...]
    head: str | None

    @classmethod
    def read(cls, row: Row) -> Self:
        """Read the row of ``audit_tree``."""
        joined, step = bytes(row["peaks"]), merkle.HASH_BYTES
        peaks = tuple(joined[at : at + step] for at in range(0, len(joined), step))
        return cls(row["size"], row["at"], peaks, row["head"])

    @property
    def root(self) -> bytes:
        """The root hash."""
        return merkle.root(self.peaks)


class AuditTree:
    """Signs states, and tells whose they are."""

    def __init__(self, issuer: str, keys: NoteKeys) -> None:
        self.origin = tree_head.origin(issuer)
        self._keys = keys

    @property
    def verifier_keys(self) -> list[str]:
        """The public keys as verifiers of notes take them; the one that signs is first."""
        return [tree_head.verifier_key(self.origin, one) for one in self.public_keys]

    @property
    def public_keys(self) -> list[bytes]:
        """The public keys, 32 bytes each; the one that signs is first."""
        return self._keys.public_keys

    def sign(self, size: int, root: bytes, at: int) -> str:
        """Return a signed head."""
        head = TreeHead(self.origin, size, root, at)
        return tree_head.signed(head, self._keys.sign(head.text.encode()))

    async def is_ours(self, connection: Connection, tree: Tree) -> bool:
        """Tell whether one of our keys signed exactly this state.

        A log that nothing was signed of yet, not even for the public, may be begun with.
        """
        if tree.head is None:
            return not await tree_heads.before(connection, LARGEST, most=1)
        try:
            head = tree_head.read(tree.head, self.public_keys)
        except HeadRefused:
            return False
        return (head.size, head.root, head.at) == (tree.size, tree.root, tree.at)

    async def go_on(self, connection: Connection, old: Tree, new: Tree) -> None:
        """Store ``new`` in place of ``old``, which is locked; signed, if ``old`` was ours.

        Otherwise the head stays as it is and fits no more, for good: acts go on, `idp audit verify`
        says what is wrong, no head is published, and a forged state is never signed by being
        appended to.
        """
        head = old.head
        if await self.is_ours(connection, old):
            head = self.sign(new.size, new.root, new.at)
        peaks = b"".join(new.peaks)
        await audit.grow(connection, size=new.size, at=new.at, peaks=peaks, head=head)
