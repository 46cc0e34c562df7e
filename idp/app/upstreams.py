"""Reads the file of other providers that say who somebody is, and refuses what cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from idp.domain.loopback import is_loopback
from idp.proofing.upstream import Upstream, UpstreamSettings, read_settings
from idp.settings import SettingsRefused

if TYPE_CHECKING:
    from idp.app.parts import Parts
    from idp.keystore import Signer
    from idp.settings import Settings

_NAME = "IDP_UPSTREAMS_FILE"


def read_upstreams(settings: Settings) -> list[UpstreamSettings]:
    """Return every provider of the instance, maybe none; raises SettingsRefused."""
    file = settings.upstreams_file
    if file is None:
        return []
    try:
        found = read_settings(file.read_bytes())
    except OSError as error:
        raise SettingsRefused(f"{_NAME}: {file}: {error.strerror}") from None
    except ValidationError as error:
        told = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
        raise SettingsRefused(f"{_NAME}: {file}: {'; '.join(told)}") from None
    except ValueError as error:
        raise SettingsRefused(f"{_NAME}: {file}: {error}") from None
    for one in found:
        _check(one, settings)
    return found


def upstreams_of(parts: Parts, signer: Signer) -> list[Upstream]:
    """Return the adapters of all providers; raises SettingsRefused."""
    return [
        Upstream(
            one,
            outbound=parts.outbound,
            signer=signer,
            clock=parts.clock,
            entropy=parts.entropy,
        )
        for one in read_upstreams(parts.settings)
    ]


def _check(one: UpstreamSettings, settings: Settings) -> None:
    unknown = {kind.value for kind in one.claims.kinds} - set(settings.documents.split())
    if unknown:
        raise SettingsRefused(
            f"{_NAME}: {one.id} yields {', '.join(sorted(unknown))}, which IDP_DOCUMENTS lacks: "
            "one person could have an account by each kind of number"
        )
    if is_loopback(one.issuer) and not settings.on_loopback:
        raise SettingsRefused(f"{_NAME}: {one.id}: a public instance asks https issuers only")
