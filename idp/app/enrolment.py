"""Joins what enrols people: proofs, the enrolment store, and the ways to both."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from idp.app.upstreams import upstreams_of
from idp.proofing.in_person import InPerson
from idp.services.enrolling import Enrolling
from idp.services.enrolment import Enrolment
from idp.services.identities import Identities
from idp.services.registrar import Office, Registrar
from idp.services.sandbox import Sandbox
from idp.services.upstreams import Upstreams
from idp.services.vouchers import Vouchers

if TYPE_CHECKING:
    from idp.app.parts import Parts
    from idp.domain.dedup_keys import DedupKeys
    from idp.domain.link_keys import LinkKeys
    from idp.domain.sealing import Sealer
    from idp.keystore.client_key import ClientKey
    from idp.services.activity import Activity
    from idp.services.audit import Audit
    from idp.services.passkeys import Passkeys
    from idp.services.recovery import Recovery
    from idp.services.replays import Replays
    from idp.services.vault import Vault


class EnrolmentSide:
    """The services that lead to an account. Each property is one of them."""

    def __init__(  # noqa: PLR0913 - the parts it joins, named where joining is done
        self,
        parts: Parts,
        *,
        vault: Vault,
        sealer: Sealer,
        passkeys: Passkeys,
        activity: Activity,
        recovery: Recovery,
        replays: Replays,
        client_key: ClientKey,
        link: LinkKeys,
        dedup: DedupKeys,
        audit: Audit,
    ) -> None:
        self._parts = parts
        self._vault = vault
        self._sealer = sealer
        self._passkeys = passkeys
        self._activity = activity
        self._recovery = recovery
        self._replays = replays
        self._audit = audit
        self._client_key = client_key
        self._link = link
        self._dedup = dedup

    @cached_property
    def enrolment(self) -> Enrolment:
        return Enrolment(
            database=self._parts.database,
            store=self._parts.enrolment_store,
            passkeys=self._passkeys,
            activity=self._activity,
            vault=self._vault,
            identities=Identities(self._dedup, self._parts.clock),
            link=self._link,
            clock=self._parts.clock,
            entropy=self._parts.entropy,
        )

    @cached_property
    def vouchers(self) -> Vouchers:
        return Vouchers(
            self._parts.enrolment_store,
            self._vault,
            link=self._link,
            dedup=self._dedup,
            clock=self._parts.clock,
            entropy=self._parts.entropy,
            sandbox=self._parts.settings.sandbox,
        )

    @cached_property
    def enrolling(self) -> Enrolling:
        return Enrolling(
            self.enrolment,
            self.vouchers,
            self._recovery,
            sealer=self._sealer,
            clock=self._parts.clock,
            sandbox=self._parts.settings.sandbox,
        )

    @cached_property
    def registrar(self) -> Registrar:
        settings = self._parts.settings
        documents = tuple(settings.documents.split())
        return Registrar(
            Office(documents, settings.country, ZoneInfo(settings.time_zone)),
            InPerson(documents=documents, level=settings.in_person_level),
            database=self._parts.database,
            enrolment=self.enrolment,
            vouchers=self.vouchers,
            audit=self._audit,
            clock=self._parts.clock,
            entropy=self._parts.entropy,
        )

    @cached_property
    def upstreams(self) -> Upstreams:
        return Upstreams(
            upstreams_of(self._parts, self._client_key),
            issuer=self._parts.settings.issuer,
            client_key=self._client_key,
            enrolment=self.enrolment,
            vouchers=self.vouchers,
            replays=self._replays,
            sealer=self._sealer,
            clock=self._parts.clock,
            entropy=self._parts.entropy,
            zone=ZoneInfo(self._parts.settings.time_zone),
        )

    @cached_property
    def sandbox(self) -> Sandbox | None:
        if not self._parts.settings.sandbox:
            return None
        return Sandbox(
            database=self._parts.database,
            enrolment=self.enrolment,
            sealer=self._sealer,
            clock=self._parts.clock,
            zone=ZoneInfo(self._parts.settings.time_zone),
        )
