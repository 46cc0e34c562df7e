"""The outbox of security notices: sealed, tied to no person, gone when sent."""

from __future__ import annotations

from idp.storage import tables
from idp.storage.outbox import Outbox

_OUTBOX = Outbox(tables.notices)
add, due, claim, remove = _OUTBOX.add, _OUTBOX.due, _OUTBOX.claim, _OUTBOX.remove
prune, backlog = _OUTBOX.prune, _OUTBOX.backlog
