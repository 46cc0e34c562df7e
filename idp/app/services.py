"""Joins the use cases: each is made when it is first asked for, and once."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from idp.app.enrolment import EnrolmentSide
from idp.app.requests import Requests
from idp.app.tokens import TokenSide
from idp.domain.age import Calendar
from idp.domain.closing import Terms
from idp.services.authorize import Authorize
from idp.services.closing import Closing
from idp.services.consents import Consents
from idp.services.data import Data, Sources
from idp.services.end_session import EndSession
from idp.services.grant_types.authorization_code import AuthorizationCode
from idp.services.grant_types.client_credentials import ClientCredentials
from idp.services.grant_types.refresh_token import RefreshToken
from idp.services.introspection import Introspection
from idp.services.issuing import Issuing
from idp.services.operations import Operations
from idp.services.platforms import Platforms
from idp.services.pseudonyms import Pseudonyms
from idp.services.readiness import Readiness
from idp.services.receipts import Receipts
from idp.services.sandbox_resource import SandboxResource
from idp.services.token import Token
from idp.services.userinfo import UserInfo
from idp.web.site import Services

if TYPE_CHECKING:
    from idp.app.parts import Parts


class Joining(Requests, TokenSide):
    """The services of one instance. Each property is one of them."""

    @cached_property
    def operations(self) -> Operations:
        return Operations.joined(
            database=self.database,
            vault=self.vault,
            activity=self.activity,
            audit=self.audit,
            audit_check=self.audit_check,
            audit_export=self.audit_export,
            tree_heads=self.tree_heads,
            ceremonies=self.ceremonies,
            clients=self.clients,
            pseudonyms=self.pseudonyms,
            sessions=self.sessions,
            sealer=self.browser_seal,
            link=self.link,
            clock=self.clock,
            entropy=self.entropy,
        )

    @cached_property
    def enrolment_side(self) -> EnrolmentSide:
        return EnrolmentSide(
            self.parts,
            vault=self.vault,
            sealer=self.browser_seal,
            passkeys=self.passkeys,
            activity=self.activity,
            recovery=self.recovery,
            replays=self.replays,
            audit=self.audit,
            client_key=self.client_key,
            dedup=self.dedup,
            link=self.link,
        )

    @cached_property
    def data(self) -> Data:
        return Data(
            Sources(
                database=self.database,
                vault=self.vault,
                clock=self.clock,
                activity=self.activity,
                appeals=self.operations.appeals,
                clients=self.clients,
                consents=self.consents,
                contacts=self.contacts,
                enrolment=self.enrolment_side.enrolment,
                passkeys=self.passkeys,
                people=self.people,
                pseudonyms=self.pseudonyms,
                recovery=self.recovery,
                recovery_codes=self.recovery_codes,
                resources=self.resources,
                sessions=self.sessions,
            )
        )

    @cached_property
    def closing(self) -> Closing:
        return Closing(
            database=self.database,
            vault=self.vault,
            enrolment=self.enrolment_side.enrolment,
            activity=self.activity,
            clients=self.clients,
            consents=self.consents,
            pseudonyms=self.pseudonyms,
            sessions=self.sessions,
            terms=Terms(self.settings.renewal_days, self.settings.backup_days),
            clock=self.clock,
            entropy=self.entropy,
        )

    @cached_property
    def pseudonyms(self) -> Pseudonyms:
        return Pseudonyms(
            self.database,
            self.vault,
            link=self.link,
            clock=self.clock,
            entropy=self.entropy,
            renewal_days=self.settings.renewal_days,
        )

    @cached_property
    def consents(self) -> Consents:
        return Consents(
            self.database,
            self.vault,
            link=self.link,
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
            sessions=self.sessions,
            activity=self.activity,
            clock=self.clock,
        )

    @cached_property
    def receipts(self) -> Receipts:
        return Receipts(
            issuer=self.issuer,
            keys=self.keys,
            entropy=self.entropy,
            lifetimes=self.lifetimes,
        )

    @cached_property
    def authorize(self) -> Authorize:
        return Authorize(
            issuer=self.issuer,
            clients=self.clients,
            sessions=self.sessions,
            interactions=self.interactions,
            pushed_requests=self.pushed_requests,
            request_objects=self.request_objects,
            request_checks=self.request_checks,
            issuing=self.issuing,
            passkeys=self.passkeys,
            clock=self.clock,
        )

    @cached_property
    def token(self) -> Token:
        return Token(
            issuer=self.issuer,
            authentication=self.client_authentication,
            dpop=self.dpop,
            grant_types={
                "authorization_code": AuthorizationCode(
                    self.database, self.vault, self.refresh_tokens, self.dpop
                ),
                "refresh_token": RefreshToken(
                    self.refresh_tokens, self.people, self.calendar, self.dpop
                ),
                "client_credentials": ClientCredentials(self.resources, self.dpop),
            },
            keys=self.keys,
            clock=self.clock,
            entropy=self.entropy,
        )

    @cached_property
    def introspection(self) -> Introspection:
        return Introspection(
            issuer=self.issuer,
            authentication=self.client_authentication,
            tokens=self.live_tokens,
            keys=self.keys,
            clock=self.clock,
        )

    @cached_property
    def userinfo(self) -> UserInfo:
        return UserInfo(issuer=self.issuer, access_tokens=self.access_tokens, keys=self.keys)

    @cached_property
    def end_session(self) -> EndSession:
        return EndSession(
            issuer=self.issuer,
            clients=self.clients,
            pseudonyms=self.pseudonyms,
            keys=self.keys,
            sealer=self.browser_seal,
            clock=self.clock,
        )

    @cached_property
    def sandbox_resource(self) -> SandboxResource | None:
        resource = self.resources.sandbox
        if resource is None:
            return None
        return SandboxResource(resource, self.access_tokens, self.clock)

    @cached_property
    def readiness(self) -> Readiness:
        return Readiness(
            self.database,
            self.parts.enrolment_store,
            self.clock,
            self.policy,
            drain_seconds=self.settings.drain_seconds,
        )


def build_services(parts: Parts) -> Services:
    """Return what the endpoints may ask."""
    joining = Joining(parts)
    side = joining.enrolment_side
    return Services(
        activity=joining.activity,
        authorize=joining.authorize,
        changes=joining.changes,
        client_changes=joining.client_changes,
        client_set=joining.client_set,
        clients=joining.clients,
        closing=joining.closing,
        compromise=joining.compromise,
        consents=joining.consents,
        data=joining.data,
        end_session=joining.end_session,
        enrolling=side.enrolling,
        enrolment=side.enrolment,
        epoch=joining.epoch,
        contacts=joining.contacts,
        given=joining.given,
        interactions=joining.interactions,
        introspection=joining.introspection,
        issuing=joining.issuing,
        key_check=joining.key_check,
        key_lives=joining.key_lives,
        keys=joining.keys,
        leases=joining.leases,
        logouts=joining.logouts,
        nodes=joining.nodes,
        notices=joining.notices,
        operations=joining.operations,
        passkeys=joining.passkeys,
        people=joining.people,
        platforms=joining.platforms,
        pseudonyms=joining.pseudonyms,
        pushed_requests=joining.pushed_requests,
        receipts=joining.receipts,
        recovery=joining.recovery,
        recovery_codes=joining.recovery_codes,
        refresh_tokens=joining.refresh_tokens,
        registrar=side.registrar,
        registration=joining.registration,
        resources=joining.resources,
        revocation=joining.revocation,
        rotation=joining.rotation,
        sandbox=side.sandbox,
        secret_rotation=joining.secret_rotation,
        secret_versions=joining.secrets,
        csrf_keys=joining.csrf_keys,
        sandbox_resource=joining.sandbox_resource,
        sessions=joining.sessions,
        throttle=joining.throttle,
        token=joining.token,
        upstreams=side.upstreams,
        userinfo=joining.userinfo,
        vouchers=side.vouchers,
        readiness=joining.readiness,
    )
