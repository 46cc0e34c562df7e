"""The audit log for somebody else to check: all of it, or one entry with the proof of it."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from idp.domain import merkle
from idp.services.audit import read
from idp.services.audit_tree import LARGEST, Tree
from idp.storage import audit, tree_heads

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from idp.services.audit_tree import AuditTree
    from idp.storage.database import Database

FORMAT = "network-id-audit/1"
_BATCH = 1000


class AuditExport:
    """Writes out what auditors outside are to have."""

    def __init__(self, database: Database, tree: AuditTree) -> None:
        self._database = database
        self._tree = tree

    async def lines(self) -> AsyncIterator[str]:
        """Give the lines of the whole log: what it is and its heads, then each leaf as it is.

        ``head`` is signed over all leaves that follow; None where nothing was signed yet.
        """
        heads, before = list[str](), LARGEST
        while rows := await tree_heads.before(self._database, before, most=_BATCH):
            heads, before = [*heads, *(row["head"] for row in rows)], rows[-1]["size"]
        tree = Tree.read(await audit.tree(self._database))
        about = self._about() | {"entries": tree.size, "head": tree.head, "heads": heads[::-1]}
        yield json.dumps(about, ensure_ascii=False)
        for first in range(0, tree.size, _BATCH):
            most = min(_BATCH, tree.size - first)
            for row in await audit.since(self._database, first, most=most):
                yield read(row).leaf.decode("ascii")

    async def one(self, index: int) -> dict[str, Any] | None:
        """Return one entry and the proof that it is in the log, or None where there is none."""
        tree = Tree.read(await audit.tree(self._database))
        if not 0 <= index < tree.size:
            return None
        [row] = await audit.since(self._database, index, most=1)
        path = await merkle.proof(merkle.inclusion_ranges(index, tree.size), self._node)
        return self._about() | {
            "entry": read(row).leaf.decode("ascii"),
            "index": index,
            "size": tree.size,
            "proof": [base64.b64encode(step).decode("ascii") for step in path],
            "head": tree.head,
        }

    def _about(self) -> dict[str, Any]:
        keys = self._tree.verifier_keys
        return {"format": FORMAT, "origin": self._tree.origin, "keys": keys}

    async def _node(self, level: int, number: int) -> bytes:
        # Of a tree that somebody changed no proof comes out right, and that is the answer then.
        return await audit.node(self._database, level, number) or b""
