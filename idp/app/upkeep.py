"""Joins what commands alone do to a whole instance: backing it up, and making it safe again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.app.services import Joining
from idp.domain.secret_key import SecretDomain
from idp.services.aftermath import Aftermath
from idp.services.backup import Backup, Whole
from idp.services.restored_keys import RestoredKeys
from idp.storage.schema import Store

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from idp.app.parts import Parts
    from idp.storage.backup import Shape
    from idp.storage.database import Database


def databases_of(parts: Parts) -> dict[Store, Database]:
    """Return both databases by store."""
    return {Store.PROVIDER: parts.database, Store.ENROLMENT: parts.enrolment_store}


def backup_of(parts: Parts, whole: Whole) -> Backup:
    """Return what makes backups of an instance; under the newest secret, which stays longest."""
    secret = parts.keystore.secret(SecretDomain.FIELD)
    return Backup(
        whole,
        issuer=parts.settings.issuer,
        secret=secret.under(max(secret.versions)),
        audit=Joining(parts).audit,
        clock=parts.clock,
        entropy=parts.entropy,
    )


def aftermath_of(parts: Parts, shapes: Mapping[Store, Sequence[Shape]]) -> Aftermath:
    """Return what makes a database safe that was put back."""
    joining = Joining(parts)
    keys = RestoredKeys(parts.keystore, joining.audit, parts.clock, parts.entropy)
    return Aftermath(
        databases_of(parts),
        shapes,
        activity=joining.activity,
        audit=joining.audit,
        audit_check=joining.audit_check,
        enrolment=joining.enrolment_side.enrolment,
        keys=keys,
        secrets=joining.secrets,
        vault=joining.vault,
        closing=joining.closing,
        clock=parts.clock,
    )
