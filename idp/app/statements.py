"""Reads the file of those whose software statements are trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from idp.protocol.jose import JwtRefused, PublicKeys
from idp.settings import SettingsRefused

if TYPE_CHECKING:
    from idp.settings import Settings

_NAME = "IDP_STATEMENT_ISSUERS_FILE"


class _Issuer(BaseModel):
    """One of them: ``issuer`` as in ``iss``, and its public keys by value."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: Annotated[str, Field(min_length=1, max_length=500)]
    jwks: dict[str, Any]


def read_statement_issuers(settings: Settings) -> dict[str, PublicKeys]:
    """Return the keys of each issuer, maybe none; raises SettingsRefused."""
    file = settings.statement_issuers_file
    if file is None:
        return {}
    try:
        found = TypeAdapter(list[_Issuer]).validate_json(file.read_bytes())
        keys = {one.issuer: PublicKeys(one.jwks) for one in found}
    except OSError as error:
        raise SettingsRefused(f"{_NAME}: {file}: {error.strerror}") from None
    except ValidationError as error:
        told = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
        raise SettingsRefused(f"{_NAME}: {file}: {'; '.join(told)}") from None
    except JwtRefused as error:
        raise SettingsRefused(f"{_NAME}: {file}: jwks: {error.reason}") from None
    if len(keys) < len(found):
        raise SettingsRefused(f"{_NAME}: {file}: two entries have the same issuer")
    return keys
