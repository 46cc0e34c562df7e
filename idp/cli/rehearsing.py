"""``idp keys rehearse`` and ``idp keys revoke --drill``: what would happen, on a copy.

The copy is a database of its own, in a folder that is gone at the end, and keys made for this: of
the instance it takes where in their lives its keys are, and changes nothing there.
"""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from idp.app import build_services
from idp.cli.failure import ExitCode, Failure
from idp.cli.opening import with_parts
from idp.domain.signing_key import KeyState
from idp.services.rehearsal import Rehearsal
from idp.storage import schema
from idp.storage.connect import connect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from idp.app import Parts


class Rehearsed(Struct, frozen=True):
    """What came of it. ``algs`` is what was rotated, ``seconds`` how long it would have taken."""

    algs: tuple[str, ...]
    tokens: int
    verified: int
    failed: int
    seconds: int

    def as_json(self) -> dict[str, Any]:
        """Return it for machines."""
        return {
            "rotated": list(self.algs),
            "tokens": self.tokens,
            "verified": self.verified,
            "failed": self.failed,
            "seconds": self.seconds,
        }

    def as_text(self) -> str:
        """Return it for a person."""
        return (
            f"Rotated {', '.join(self.algs)} on a copy, in what would be {_long(self.seconds)}, "
            "with three platforms that keep the JWKS.\n"
            f"{self.tokens} tokens signed, {self.verified} verifications, {self.failed} failed. "
            "Nothing was changed."
        )


@asynccontextmanager
async def copy_of(parts: Parts) -> AsyncIterator[Rehearsal]:
    """Make the copy for the length of the block."""
    services = build_services(parts)
    keys = await services.key_lives.everyone()
    with tempfile.TemporaryDirectory(prefix="idp-rehearsal-") as folder:
        url = f"sqlite:///{Path(folder, 'copy.sqlite3')}"
        await asyncio.to_thread(schema.upgrade, schema.Store.PROVIDER, url)
        database = connect(url, durable=False)
        await database.open()
        try:
            rehearsal = Rehearsal(
                database,
                policy=services.keys.policy,
                now=parts.clock.now(),
                entropy=parts.entropy,
            )
            await rehearsal.begin(keys)
            yield rehearsal
        finally:
            await database.close()


def rehearse(home: Path | None, alg: str | None) -> Rehearsed:
    """Rotate the key of ``alg``, or of every algorithm in use, on a copy.

    Raises Failure, ``rehearsal_failed`` when a platform could not verify a token.
    """

    async def rehearsing(parts: Parts) -> Rehearsed:
        async with copy_of(parts) as rehearsal:
            began = rehearsal.clock.now()
            keys = await rehearsal.lives.everyone()
            used = sorted({key.alg for key in keys if key.state is KeyState.ACTIVE})
            if alg is not None and alg not in used:
                text = f"no key of {alg} is active here: {', '.join(used)}"
                raise Failure(ExitCode.INPUT, "key_step_refused", text)
            algs = tuple(used) if alg is None else (alg,)
            await rehearsal.sign_in()
            for one in algs:
                await rehearsal.rotate(one)
            count, seconds = rehearsal.count, rehearsal.clock.now() - began
            return Rehearsed(algs, count.tokens, count.verified, count.failures, seconds)

    return with_parts(home, rehearsing)


def _long(seconds: int) -> str:
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
