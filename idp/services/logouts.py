"""Back-channel logout: what ends is put into the outbox with its end, and told by and by.

Rules in prose. Each client is told of its own ``sid`` and nothing else, in a token of its own. The
client whose wish it was hears at once; every other after a random delay of up to
``SPREAD_SECONDS``, each drawn apart and for each try anew, and the token is made when it is sent.
So two platforms that compare the times of what they were told join nobody (promise P2), unless the
person chose that all should hear at once. Rows are written in an order drawn at random, and name
nobody (promise P3). A row leaves when its client has answered; a process that dies between the two
tells it twice.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from idp.domain import base64url
from idp.domain.sealing import SealBroken
from idp.domain.session import Visit
from idp.outbound import OutboundRefused
from idp.protocol import logout_token
from idp.protocol.jose import SignerUnavailable
from idp.storage import logouts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from idp.domain.client import Client
    from idp.domain.clock import Clock, Entropy
    from idp.outbound import Outbound
    from idp.services.clients import Clients
    from idp.services.keys import SigningKeys
    from idp.services.vault import Vault
    from idp.storage.database import Connection, Database, Row

PERIOD_SECONDS = 1
SPREAD_SECONDS = 120
_TABLE = "logouts"
_SIZES = (512,)
_BATCH = 500
_ENOUGH_SECONDS = 5.0  # for one client, before the others get another turn
_ID_BYTES = 16
# Some eight hours: by then the session at the platform has ended by itself, as ours would have.
_WAITS = (30, 120, 600, 1800, 3600, 2 * 3600, 4 * 3600)


class Logouts:
    """The outbox of logout tokens."""

    def __init__(  # noqa: PLR0913 - the parts it joins, named where they are joined
        self,
        *,
        database: Database,
        vault: Vault,
        issuer: str,
        clients: Clients,
        keys: SigningKeys,
        outbound: Outbound,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._database = database
        self._vault = vault
        self._issuer = issuer
        self._clients = clients
        self._keys = keys
        self._outbound = outbound
        self._clock = clock
        self._entropy = entropy

    async def put(
        self, connection: Connection, visits: Iterable[Visit], *, at_once: Collection[str] = ()
    ) -> None:
        """Put the end of these visits into the outbox, in the transaction that ends them.

        ``at_once`` are the clients that need not wait.
        """
        now = self._clock.now()
        drawn = sorted((self._entropy.bytes(_ID_BYTES), visit) for visit in set(visits))
        for row_id, visit in drawn:
            facts = {"visit": [visit.client_id, visit.sid]}
            await logouts.add(
                connection,
                row_id=row_id,
                facts_sealed=self._vault.seal_facts(_TABLE, row_id, facts, sizes=_SIZES),
                due_at=now if visit.client_id in at_once else now + self._within(SPREAD_SECONDS),
            )

    async def deliver(self) -> list[str]:
        """Tell the clients what is due; return the ids of those that could not be told, for now.

        Each try is claimed by one statement, so no two nodes tell one thing at once. Clients do not
        wait for each other; what waits for one that does not answer is put off. Raises SealBroken
        for a row that does not open, when all others are told.
        """
        waiting: dict[str, list[tuple[Row, Visit]]] = {}
        broken: SealBroken | None = None
        for row in await logouts.due(self._database, now=self._clock.now(), batch=_BATCH):
            try:
                visit = self._read(row)
            except SealBroken as error:
                broken = error
                if await self._claim(row):
                    await self._settle(row, answered=False)
            else:
                waiting.setdefault(visit.client_id, []).append((row, visit))
        told = await asyncio.gather(*(self._tell(one, due) for one, due in waiting.items()))
        if broken is not None:
            raise broken
        return [client_id for client_id, taken in zip(waiting, told, strict=True) if not taken]

    async def _tell(self, client_id: str, due: Sequence[tuple[Row, Visit]]) -> bool:
        client = await self._clients.known(client_id)
        clock = asyncio.get_running_loop().time
        answers, begun = True, clock()
        for row, visit in due:
            if clock() - begun > _ENOUGH_SECONDS:
                break
            if not await self._claim(row):
                continue
            if answers:
                answers = await self._send(client, visit)
            await self._settle(row, answered=answers)
        return answers

    async def _settle(self, row: Row, *, answered: bool) -> None:
        """Delete a row that was answered, or tried for the last time."""
        if answered or row["tries"] + 1 >= len(_WAITS):
            await logouts.remove(self._database, row["id"])

    async def _claim(self, row: Row) -> bool:
        wait = _WAITS[min(row["tries"], len(_WAITS) - 1)]
        # Drawn anew: one that is down with many people's waiting does not hear of them in order.
        next_at = self._clock.now() + wait + self._within(wait)
        return await logouts.claim(
            self._database, row["id"], old_tries=row["tries"], next_at=next_at
        )

    async def _send(self, client: Client | None, visit: Visit) -> bool:
        """Tell one client of one end; False when it is worth another try."""
        if client is None or client.backchannel_logout_uri is None:
            return True  # removed meanwhile, or does not want to hear any more
        jti = base64url.encode(self._entropy.bytes(_ID_BYTES))
        claims = logout_token.claims(visit, issuer=self._issuer, now=self._clock.now(), jti=jti)
        try:
            token = await self._keys.sign(client.id_token_alg, claims, typ=logout_token.TYP)
            status = await self._outbound.post_form(
                client.backchannel_logout_uri, {"logout_token": token}
            )
        except (OutboundRefused, SignerUnavailable):
            return False
        return logout_token.is_answered(status)

    def _within(self, seconds: int) -> int:
        """Return a random number of whole seconds, at most ``seconds``; the bias is 1 in 10^13."""
        return int.from_bytes(self._entropy.bytes(8), "big") % (seconds + 1)

    def _read(self, row: Row) -> Visit:
        facts = self._vault.open_facts(_TABLE, row["id"], row["facts_sealed"])
        return Visit(*facts["visit"])
