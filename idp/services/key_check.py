"""Looks whether all that signing needs is there and right: table, key store, servers, outside.

Changes nothing, and asks each question of the thing itself: a key is right when what it signs
verifies with what is served.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from msgspec import Struct

from idp.domain.signing_key import ALGORITHMS, SERVED, KeyState
from idp.keystore.public_keys import thumbprint
from idp.outbound import OutboundRefused
from idp.protocol import jose
from idp.storage import signing_keys

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from idp.domain.node import Node
    from idp.keystore import Keystore, Signer
    from idp.services.nodes import Nodes
    from idp.services.outside import Outside
    from idp.storage.database import Database, Row

_NEEDED = frozenset({KeyState.PUBLISHED, KeyState.ACTIVE})
_OVER = frozenset({KeyState.REMOVED, KeyState.COMPROMISED})
_PROOF = "what a check of the key store signs"
_TYP = "netid-check+jwt"  # of no use anywhere


class Finding(Struct, frozen=True):
    """What is wrong: ``code`` is stable, ``about`` a kid, an algorithm or an address."""

    code: str
    about: str
    text: str
    mend: str


class KeyCheck:
    """Finds what is wrong with the keys of this instance."""

    def __init__(
        self, *, database: Database, nodes: Nodes, store: Keystore, outside: Outside
    ) -> None:
        self._database = database
        self._nodes = nodes
        self._store = store
        self._outside = outside

    async def findings(self, *, outside: bool = True) -> list[Finding]:
        """Return all that is wrong, nothing when all is well; from outside too where asked."""
        rows = await signing_keys.everyone(self._database)
        held = await asyncio.to_thread(self._store.look_again)
        signers = {signer.kid: signer for signer in held}
        live = await self._nodes.live()
        return [
            *_active_ones(rows),
            *_unpublished(signers.values(), {row["kid"] for row in rows}),
            *[found for row in rows for found in await _of_key(row, signers.get(row["kid"]))],
            *_lacking(rows, live),
            *(await self._outside_findings(rows) if outside else []),
        ]

    async def _outside_findings(self, rows: Sequence[Row]) -> list[Finding]:
        address = self._outside.address
        try:
            seen = await self._outside.keys()
        except OutboundRefused as error:
            return [
                Finding(
                    "jwks_unreachable",
                    address,
                    f"the JWKS does not answer: {error}",
                    "see that servers run, and that this machine reaches the issuer as others do",
                )
            ]
        return list(_differences(rows, seen, address))


async def _of_key(row: Row, signer: Signer | None) -> list[Finding]:
    """Look at one key: its name, its private half, and whether the two halves belong together."""
    kid, state, jwk = row["kid"], KeyState(row["state"]), json.loads(row["public_jwk"])
    if thumbprint(jwk) != kid:
        text = "its public half in the table has another thumbprint (RFC 7638)"
        return [Finding("public_half_wrong", kid, text, f"idp keys revoke {kid} --compromised")]
    if state in _OVER and signer is not None:
        text = f"it is {state} and its private half is still there"
        return [Finding("not_destroyed", kid, text, "a server destroys it when it next looks")]
    if state in _NEEDED and signer is None:
        text = f"it is {state}, and the key store does not hold its private half"
        return [Finding("private_half_missing", kid, text, "restore the key store from a backup")]
    if signer is not None and state in SERVED and not await _signs(signer, jwk):
        text = "what it signs does not verify with what is served"
        return [Finding("halves_differ", kid, text, "restore the key store from a backup")]
    return []


async def _signs(signer: Signer, jwk: Mapping[str, Any]) -> bool:
    token = await jose.sign(signer, {"note": _PROOF}, typ=_TYP)
    try:
        jose.verify(token, jose.PublicKeys({"keys": [jwk]}), algs=[jwk["alg"]], typs=[_TYP])
    except jose.JwtRefused:
        return False
    return True


def _active_ones(rows: Sequence[Row]) -> Iterator[Finding]:
    active = {row["alg"] for row in rows if row["state"] == KeyState.ACTIVE}
    for alg in ALGORITHMS:
        if alg not in active:
            mend = f"idp keys stage --alg {alg}, and activate it" if rows else "idp serve"
            yield Finding("no_active_key", alg, "no key of this algorithm signs", mend)


def _unpublished(signers: Iterable[Signer], known: Container[str]) -> Iterator[Finding]:
    for signer in signers:
        if signer.kid not in known:
            text = "the key store holds it, and nobody was told: a stop came in between"
            yield Finding("unpublished", signer.kid, text, f"idp keys stage --alg {signer.alg}")


def _lacking(rows: Sequence[Row], live: Sequence[Node]) -> Iterator[Finding]:
    for row in rows:
        lack = [node.id[:8] for node in live if row["kid"] not in node.loaded]
        if row["state"] in _NEEDED and lack:
            text = f"running servers have not loaded it: {', '.join(lack)}"
            mend = "wait a quarter of a minute; then see that all servers share one key store"
            yield Finding("not_loaded", row["kid"], text, mend)


def _differences(
    rows: Sequence[Row], seen: Mapping[str, Mapping[str, Any]], address: str
) -> Iterator[Finding]:
    served = {row["kid"]: json.loads(row["public_jwk"]) for row in rows if row["state"] in SERVED}
    mend = "see what stands between: no cache may keep the JWKS longer than its max-age"
    for kid in served.keys() - seen.keys():
        yield Finding("not_seen", kid, f"it is not at {address}", mend)
    for kid in seen.keys() - served.keys():
        yield Finding("seen_and_not_ours", kid, f"{address} shows it, and we do not serve it", mend)
    for kid in served.keys() & seen.keys():
        if any(seen[kid].get(name) != value for name, value in served[kid].items()):
            yield Finding("seen_otherwise", kid, f"{address} shows another public half", mend)
