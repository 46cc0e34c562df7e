"""Joins the use cases: each is made when it is first asked for, and once."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from idp.app.enrolment import EnrolmentSide
from idp.domain import network
from idp.domain.sealing import Sealer
from idp.domain.secret_key import SecretDomain
from idp.protocol.webauthn import RelyingParty
from idp.services.activity import Activity
from idp.services.authorize import Authorize
from idp.services.ceremonies import Ceremonies
from idp.services.clients import Clients
from idp.services.consents import Consents
from idp.services.contacts import Contacts
from idp.services.interactions import Interactions
from idp.services.issuing import Calendar, Issuing
from idp.services.keys import SigningKeys
from idp.services.notices import Notices
from idp.services.operations import Operations
from idp.services.passkeys import Passkeys
from idp.services.people import People
from idp.services.platforms import Platforms
from idp.services.pseudonyms import Pseudonyms
from idp.services.receipts import Receipts
from idp.services.recovery import Recovery, Tools
from idp.services.recovery_codes import RecoveryCodes
from idp.services.replays import Replays
from idp.services.sessions import Sessions
from idp.services.throttle import Throttle
from idp.services.token import Token
from idp.services.userinfo import UserInfo
from idp.services.vault import Vault
from idp.settings import read_roots
from idp.storage import health
from idp.web.site import Services

if TYPE_CHECKING:
    from idp.app.parts import Parts

NAME = "Network ID"


class Joining:
    """The services of one instance, and what they share. Each property is one of them."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.settings = parts.settings
        self.clock = parts.clock
        self.entropy = parts.entropy
        self.database = parts.database
        self.issuer = parts.settings.issuer
        self.zone = ZoneInfo(parts.settings.time_zone)
        self.link_key = parts.keystore.secret(SecretDomain.LINK).active_key

    @cached_property
    def vault(self) -> Vault:
        return Vault(Sealer(self.parts.keystore.secret(SecretDomain.FIELD), self.entropy))

    @cached_property
    def browser_seal(self) -> Sealer:
        return Sealer(self.parts.keystore.secret(SecretDomain.SESSION), self.entropy)

    @cached_property
    def keys(self) -> SigningKeys:
        return SigningKeys(self.parts.keystore.signers())

    @cached_property
    def clients(self) -> Clients:
        return Clients(self.database, self.clock, self.entropy, sandbox=self.settings.sandbox)

    @cached_property
    def notices(self) -> Notices:
        offered = self.settings.smtp_url is not None
        return Notices(self.database, self.vault, self.clock, self.entropy, offered=offered)

    @cached_property
    def contacts(self) -> Contacts:
        return Contacts(
            database=self.database,
            vault=self.vault,
            notices=self.notices,
            activity=self.activity,
            link_key=self.link_key,
            clock=self.clock,
            entropy=self.entropy,
        )

    @cached_property
    def activity(self) -> Activity:
        return Activity(
            self.database,
            self.vault,
            self.notices,
            link_key=self.link_key,
            clock=self.clock,
            entropy=self.entropy,
            kept_days=self.settings.activity_days,
        )

    @cached_property
    def people(self) -> People:
        return People(self.database, self.vault)

    @cached_property
    def sessions(self) -> Sessions:
        return Sessions(
            database=self.database,
            activity=self.activity,
            vault=self.vault,
            clock=self.clock,
            entropy=self.entropy,
            sandbox=self.settings.sandbox,
        )

    @cached_property
    def interactions(self) -> Interactions:
        return Interactions(self.browser_seal, self.clock)

    @cached_property
    def replays(self) -> Replays:
        return Replays(self.database, link_key=self.link_key)

    @cached_property
    def throttle(self) -> Throttle:
        return Throttle(
            self.database,
            link_key=self.link_key,
            clock=self.clock,
            proxies=network.proxies(self.settings.proxies),
        )

    @cached_property
    def ceremonies(self) -> Ceremonies:
        return Ceremonies(
            rp=RelyingParty.for_issuer(self.issuer, NAME),
            replays=self.replays,
            sealer=self.browser_seal,
            clock=self.clock,
            entropy=self.entropy,
        )

    @cached_property
    def operations(self) -> Operations:
        return Operations.joined(
            database=self.database,
            vault=self.vault,
            activity=self.activity,
            ceremonies=self.ceremonies,
            clients=self.clients,
            pseudonyms=self.pseudonyms,
            sealer=self.browser_seal,
            link_key=self.link_key,
            clock=self.clock,
            entropy=self.entropy,
        )

    @cached_property
    def passkeys(self) -> Passkeys:
        return Passkeys(
            ceremonies=self.ceremonies,
            database=self.database,
            vault=self.vault,
            sessions=self.sessions,
            activity=self.activity,
            clock=self.clock,
            entropy=self.entropy,
            sandbox=self.settings.sandbox,
            roots=read_roots(self.settings.attestation_roots),
        )

    @cached_property
    def recovery_codes(self) -> RecoveryCodes:
        return RecoveryCodes(
            self.database,
            self.activity,
            self.replays,
            link_key=self.link_key,
            clock=self.clock,
            entropy=self.entropy,
        )

    @cached_property
    def recovery(self) -> Recovery:
        return Recovery(
            Tools(
                database=self.database,
                replays=self.replays,
                vault=self.vault,
                sealer=self.browser_seal,
                clock=self.clock,
                entropy=self.entropy,
                days=self.settings.recovery_days,
            ),
            codes=self.recovery_codes,
            ceremonies=self.ceremonies,
            passkeys=self.passkeys,
            activity=self.activity,
        )

    @cached_property
    def enrolment_side(self) -> EnrolmentSide:
        return EnrolmentSide(
            self.parts,
            vault=self.vault,
            sealer=self.browser_seal,
            passkeys=self.passkeys,
            recovery=self.recovery,
        )

    @cached_property
    def pseudonyms(self) -> Pseudonyms:
        return Pseudonyms(
            self.database,
            self.vault,
            link_key=self.link_key,
            clock=self.clock,
            entropy=self.entropy,
            renewal_days=self.settings.renewal_days,
        )

    @cached_property
    def consents(self) -> Consents:
        return Consents(
            self.database,
            self.vault,
            link_key=self.link_key,
            clock=self.clock,
            entropy=self.entropy,
        )

    @cached_property
    def issuing(self) -> Issuing:
        return Issuing(
            database=self.database,
            clients=self.clients,
            sessions=self.sessions,
            pseudonyms=self.pseudonyms,
            consents=self.consents,
            activity=self.activity,
            vault=self.vault,
            clock=self.clock,
            entropy=self.entropy,
            calendar=self.calendar,
        )

    @cached_property
    def calendar(self) -> Calendar:
        return Calendar(self.zone, self.settings.leap_day_rule)

    @cached_property
    def platforms(self) -> Platforms:
        return Platforms(
            database=self.database,
            clients=self.clients,
            pseudonyms=self.pseudonyms,
            consents=self.consents,
            activity=self.activity,
            clock=self.clock,
        )

    @cached_property
    def receipts(self) -> Receipts:
        return Receipts(issuer=self.issuer, keys=self.keys, entropy=self.entropy)

    @cached_property
    def authorize(self) -> Authorize:
        return Authorize(
            issuer=self.issuer,
            clients=self.clients,
            sessions=self.sessions,
            interactions=self.interactions,
            issuing=self.issuing,
            passkeys=self.passkeys,
            keys=self.keys,
            clock=self.clock,
            sandbox=self.settings.sandbox,
        )

    @cached_property
    def token(self) -> Token:
        return Token(
            issuer=self.issuer,
            database=self.database,
            clients=self.clients,
            replays=self.replays,
            vault=self.vault,
            keys=self.keys,
            clock=self.clock,
            entropy=self.entropy,
        )

    @cached_property
    def userinfo(self) -> UserInfo:
        return UserInfo(
            issuer=self.issuer,
            database=self.database,
            clients=self.clients,
            vault=self.vault,
            keys=self.keys,
            clock=self.clock,
        )

    async def ready(self) -> None:
        await health.check(self.database)
        await health.check(self.parts.enrolment_store)


def build_services(parts: Parts) -> Services:
    """Return what the endpoints may ask."""
    joining = Joining(parts)
    side = joining.enrolment_side
    return Services(
        activity=joining.activity,
        authorize=joining.authorize,
        clients=joining.clients,
        consents=joining.consents,
        enrolling=side.enrolling,
        enrolment=side.enrolment,
        contacts=joining.contacts,
        interactions=joining.interactions,
        issuing=joining.issuing,
        keys=joining.keys,
        notices=joining.notices,
        operations=joining.operations,
        passkeys=joining.passkeys,
        people=joining.people,
        platforms=joining.platforms,
        pseudonyms=joining.pseudonyms,
        receipts=joining.receipts,
        recovery=joining.recovery,
        recovery_codes=joining.recovery_codes,
        registrar=side.registrar,
        sandbox=side.sandbox,
        sessions=joining.sessions,
        throttle=joining.throttle,
        token=joining.token,
        userinfo=joining.userinfo,
        vouchers=side.vouchers,
        ready=joining.ready,
    )
