"""What the services share: history, sessions, counts. Each is made when asked for."""

from __future__ import annotations

from functools import cached_property

from idp.app.key_side import KeySide
from idp.app.statements import read_statement_issuers
from idp.domain import network
from idp.domain.secret_key import SecretDomain
from idp.protocol.webauthn import RelyingParty
from idp.services.access_tokens import AccessTokens
from idp.services.activity import Activity
from idp.services.ceremonies import Ceremonies
from idp.services.client_authentication import ClientAuthentication
from idp.services.client_changes import ClientChanges
from idp.services.client_set import ClientSet
from idp.services.clients import Clients
from idp.services.dpop import Dpop
from idp.services.epoch import Epoch
from idp.services.interactions import Interactions
from idp.services.live_tokens import LiveTokens
from idp.services.logouts import Logouts
from idp.services.nesting import Nesting
from idp.services.notices import Notices
from idp.services.people import People
from idp.services.registration import Mode, Registration
from idp.services.replays import Replays
from idp.services.resealing import Resealing
from idp.services.resources import Resources
from idp.services.retagging import Retagging
from idp.services.secret_rotation import SecretRotation
from idp.services.sessions import Sessions
from idp.services.throttle import Throttle

NAME = "Network ID"


class Foundation(KeySide):
    """The services that others build on. Each property is one of them."""

    @cached_property
    def secret_rotation(self) -> SecretRotation:
        sealed = Resealing(self.database, self.parts.enrolment_store, self.field_seal)
        tagged = Retagging(
            self.database,
            self.parts.enrolment_store,
            vault=self.vault,
            link=self.link,
            clients=self.clients,
            entropy=self.entropy,
        )
        # Those who know us by a key of it keep what they have fetched for as long as others do.
        lead = self.policy.jwks_max_age + self.policy.margin if self.settings.upstreams_file else 0
        return SecretRotation(
            database=self.database,
            versions=self.secrets,
            rewraps={
                SecretDomain.FIELD: sealed,
                SecretDomain.LINK: tagged,
                SecretDomain.DEDUP: Nesting(self.parts.enrolment_store, self.dedup),
            },
            store=self.parts.keystore,
            nodes=self.nodes,
            audit=self.audit,
            clock=self.clock,
            entropy=self.entropy,
            lead_seconds={SecretDomain.SESSION: lead},
        )

    @cached_property
    def clients(self) -> Clients:
        return Clients(
            self.database,
            self.outbound,
            self.clock,
            self.entropy,
            changes=self.changes,
            resources=self.resources,
            audit=self.audit,
            sandbox=self.settings.sandbox,
        )

    @cached_property
    def client_changes(self) -> ClientChanges:
        return ClientChanges(self.database, self.clients, self.audit, self.clock, self.entropy)

    @cached_property
    def client_set(self) -> ClientSet:
        return ClientSet(self.database, self.clients, self.audit, sandbox=self.settings.sandbox)

    @cached_property
    def registration(self) -> Registration | None:
        if self.settings.registration == "off":
            return None
        return Registration(
            Mode(self.settings.registration),
            issuer=self.issuer,
            database=self.database,
            clients=self.clients,
            changes=self.client_changes,
            audit=self.audit,
            statement_issuers=read_statement_issuers(self.settings),
            clock=self.clock,
            entropy=self.entropy,
            sandbox=self.settings.sandbox,
        )

    @cached_property
    def resources(self) -> Resources:
        return Resources(
            self.database, self.changes, issuer=self.issuer, sandbox=self.settings.sandbox
        )

    @cached_property
    def notices(self) -> Notices:
        offered = self.settings.smtp_url is not None
        return Notices(self.database, self.vault, self.clock, self.entropy, offered=offered)

    @cached_property
    def logouts(self) -> Logouts:
        return Logouts(
            database=self.database,
            vault=self.vault,
            issuer=self.issuer,
            clients=self.clients,
            keys=self.keys,
            outbound=self.outbound,
            clock=self.clock,
            entropy=self.entropy,
        )

    @cached_property
    def activity(self) -> Activity:
        return Activity(
            self.database,
            self.vault,
            self.notices,
            link=self.link,
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
            logouts=self.logouts,
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
        return Replays(self.database, link=self.link, epoch=self.epoch)

    @cached_property
    def epoch(self) -> Epoch:
        return Epoch()

    @cached_property
    def client_authentication(self) -> ClientAuthentication:
        return ClientAuthentication(
            issuer=self.issuer, clients=self.clients, replays=self.replays, clock=self.clock
        )

    @cached_property
    def dpop(self) -> Dpop:
        return Dpop(
            issuer=self.issuer,
            replays=self.replays,
            nonce_keys=self._derived(b"network-id/dpop-nonce-key/1"),
            nonce_demanded=self.settings.dpop_nonce,
            clock=self.clock,
        )

    @cached_property
    def access_tokens(self) -> AccessTokens:
        return AccessTokens(
            issuer=self.issuer,
            live=self.live_tokens,
            keys=self.keys,
            changes=self.changes,
            dpop=self.dpop,
            clock=self.clock,
        )

    @cached_property
    def live_tokens(self) -> LiveTokens:
        return LiveTokens(self.database, self.clients, self.vault, self.replays)

    @cached_property
    def throttle(self) -> Throttle:
        return Throttle(
            self.database,
            link=self.link,
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
