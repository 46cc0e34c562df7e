"""Provider metadata and keys: ready bytes, made once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.responses import Response
from starlette.routing import Route

from idp.domain.signing_key import JWKS_MAX_AGE_SECONDS
from idp.protocol import discovery

if TYPE_CHECKING:
    from starlette.requests import Request

    from idp.web.site import Site

_PUBLIC = {
    "Cache-Control": f"public, max-age={JWKS_MAX_AGE_SECONDS}",
    "X-Content-Type-Options": "nosniff",
}


def routes(site: Site) -> list[Route]:
    """Return the routes of this file; raises ValueError when the metadata has a fault."""
    document = discovery.metadata(
        site.issuer,
        sandbox=site.services.sandbox is not None,
        hardware=site.services.passkeys.can_prove_hardware,
        registration=site.services.registration is not None,
    )
    metadata = json.dumps(document).encode()

    async def show_metadata(_request: Request) -> Response:
        return Response(metadata, headers=_PUBLIC, media_type="application/json")

    async def show_keys(_request: Request) -> Response:
        jwks = site.services.keys.jwks
        return Response(jwks, headers=_PUBLIC, media_type="application/jwk-set+json")

    oauth = "/.well-known/oauth-authorization-server"
    path = urlsplit(site.issuer).path.rstrip("/")
    inserted = [Route(f"{oauth}{path}", show_metadata)] if path else []  # RFC 8414 §3.1
    return [
        Route("/.well-known/openid-configuration", show_metadata),
        Route(oauth, show_metadata),
        *inserted,
        Route("/jwks", show_keys),
    ]
