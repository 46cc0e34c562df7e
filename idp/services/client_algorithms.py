"""By what a client may have its tokens signed: algorithms that a key of ours signs by now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.domain.signing_key import KeyState
from idp.protocol.client_metadata import MetadataRefused
from idp.storage import signing_keys

if TYPE_CHECKING:
    from idp.protocol.client_metadata import ClientMetadata
    from idp.storage.database import Connection

_MEMBERS = (
    "id_token_signed_response_alg",
    "userinfo_signed_response_alg",
    "introspection_signed_response_alg",
)


async def check(connection: Connection, metadata: ClientMetadata) -> None:
    """Refuse an algorithm whose first key does not sign yet; raises MetadataRefused.

    An instance from before that algorithm has its key published first. One that never started has
    no key's life written down yet, and begins with all.
    """
    rows = await signing_keys.everyone(connection)
    active = {row["alg"] for row in rows if row["state"] == KeyState.ACTIVE}
    for member in _MEMBERS:
        alg = getattr(metadata, member)
        if rows and alg is not None and alg not in active:
            raise MetadataRefused(
                f"{member}: no key signs by {alg} yet; `idp keys list` says when one will"
            )
