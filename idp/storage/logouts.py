"""The outbox of logout tokens: sealed, tied to nobody, gone when the client has been told."""

from __future__ import annotations

from idp.storage import tables
from idp.storage.outbox import Outbox

_OUTBOX = Outbox(tables.logouts)
add, due, claim, remove = _OUTBOX.add, _OUTBOX.due, _OUTBOX.claim, _OUTBOX.remove
prune, backlog = _OUTBOX.prune, _OUTBOX.backlog
