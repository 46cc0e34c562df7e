"""The same as ``/transparency``, for programs: heads, proofs, counts. Open to every origin."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from idp.domain.refusal import Cause, Refusal
from idp.services.audit_tree import LARGEST
from idp.services.tree_heads import LISTED
from idp.web.site import read_query

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from idp.services.tree_heads import Published
    from idp.web.site import Site

_ALL_MONTHS = 1200
_NOSNIFF = {"X-Content-Type-Options": "nosniff"}
_SOON = _NOSNIFF | {"Cache-Control": "public, max-age=300"}
_FOR_EVER = _NOSNIFF | {"Cache-Control": "public, max-age=31536000, immutable"}
_NUMBER = re.compile(r"0|[1-9][0-9]{0,9}")


def routes(site: Site) -> list[Route]:
    """Return the routes of this file."""
    heads = site.services.operations.tree_heads

    async def listed(request: Request) -> Response:
        before = read_query(request).get("before")
        found = await heads.listed(LARGEST if before is None else _number(before))
        older = (
            f"/transparency/heads.json?before={found[-1].size}" if len(found) == LISTED else None
        )
        told = {
            "origin": heads.origin,
            "keys": heads.verifier_keys,
            "heads": [_head(one) for one in found],
            "older": None if older is None else site.pages.url(older),
        }
        return JSONResponse(told, headers=_SOON)

    async def newest(_request: Request) -> Response:
        head = await heads.newest()
        if head is None:
            raise Refusal(Cause.NOT_FOUND)
        return PlainTextResponse(head.note, headers=_SOON)

    async def one(request: Request) -> Response:
        head = await heads.find(_number(request.path_params["size"]))
        return PlainTextResponse(head.note, headers=_FOR_EVER)

    async def consistency(request: Request) -> Response:
        old, new = _number(request.path_params["old"]), _number(request.path_params["new"])
        proof = await heads.consistency(old, new)
        told = {"old": old, "new": new, "proof": [_base64(step) for step in proof]}
        return JSONResponse(told, headers=_FOR_EVER)

    async def inclusion(request: Request) -> Response:
        index, size = _number(request.path_params["index"]), _number(request.path_params["size"])
        leaf_hash, proof = await heads.inclusion(index, size)
        told = {
            "index": index,
            "size": size,
            "leaf_hash": _base64(leaf_hash),
            "proof": [_base64(step) for step in proof],
        }
        return JSONResponse(told, headers=_FOR_EVER)

    async def months(_request: Request) -> Response:
        told = [
            {
                "month": counted.month.name,
                "counts": dict(counted.month.counts),
                "index": counted.entry.position,
                "entry": counted.entry.leaf.decode("ascii"),
            }
            for counted in await heads.months(_ALL_MONTHS)
        ]
        return JSONResponse({"months": told}, headers=_SOON)

    return [
        Route("/transparency/heads.json", listed),
        Route("/transparency/checkpoint", newest),
        Route("/transparency/heads/{size}", one),
        Route("/transparency/consistency/{old}-{new}", consistency),
        Route("/transparency/inclusion/{index}-{size}", inclusion),
        Route("/transparency/months.json", months),
    ]


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise Refusal(Cause.NOT_FOUND)
    return int(text)


def _head(head: Published) -> dict[str, Any]:
    return {"size": head.size, "root": _base64(head.root), "at": head.at, "note": head.note}


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")
