"""From a person's yes to a code: the network ID, the remembered consent, the grant.

The one place where a person and a platform meet. Each path ends in one guarded statement that
rechecks the person's account in the transaction that stores the grant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from idp.domain import age, base64url
from idp.domain.activity import Happened
from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.consent import text_of
from idp.domain.grant import (
    CODE_SECONDS,
    GrantFacts,
    expires_at,
    grant_id,
    redirect_digest,
    with_nonce,
)
from idp.domain.link_keys import version_of
from idp.domain.refusal import Cause, Refusal
from idp.domain.release import CLAIM_ASSURANCE, SCOPE_OPENID, covers
from idp.domain.sealing import TooLong
from idp.domain.session import Session, Visit
from idp.protocol import acr
from idp.services.attempt import Remembered
from idp.storage import grants_born, people, pushed_requests

if TYPE_CHECKING:
    from collections.abc import Iterable

    from idp.domain.client import Client
    from idp.domain.clock import Clock, Entropy
    from idp.services.activity import Activity
    from idp.services.attempt import Attempt
    from idp.services.clients import Clients
    from idp.services.consents import Consents
    from idp.services.pseudonyms import Pseudonyms
    from idp.services.sessions import Account, Sessions
    from idp.services.vault import Vault
    from idp.storage.activity import NewEvent
    from idp.storage.database import Connection, Database

_CODE_BYTES = 32
_SID_BYTES = 16


class Issued(Struct, frozen=True):
    """A code; or None when another tab changed the session meanwhile and nothing was stored."""

    code: str | None


class _Raced(Exception):
    """The session changed between our read and our write."""


class Issuing:
    """Stores grants, and with the first of them in a sector the network ID."""

    def __init__(  # noqa: PLR0913 - the parts it joins, named where app.py does the joining
        self,
        *,
        database: Database,
        clients: Clients,
        sessions: Sessions,
        pseudonyms: Pseudonyms,
        consents: Consents,
        activity: Activity,
        vault: Vault,
        clock: Clock,
        entropy: Entropy,
        calendar: age.Calendar,
    ) -> None:
        self._database = database
        self._clients = clients
        self._sessions = sessions
        self._vault = vault
        self._pseudonyms = pseudonyms
        self._consents = consents
        self._activity = activity
        self._clock = clock
        self._entropy = entropy
        self._calendar = calendar

    def ages(self, attempt: Attempt) -> dict[str, bool]:
        """Return the age answers this request releases, as of today in the civil time zone."""
        return self.ages_of(attempt.known_account, attempt.release.claims)

    def assurance(self, attempt: Attempt) -> str | None:
        """Return the level of assurance, where this request releases it."""
        if CLAIM_ASSURANCE not in attempt.release.claims:
            return None
        account = attempt.known_account
        return self._vault.open_evidence(account.session.person_id, account.evidence_sealed).level

    def ages_of(self, account: Account, items: Iterable[str]) -> dict[str, bool]:
        """Return today's answers to the ages among ``items``."""
        asked = [item for item in items if item in age.CLAIM_NAMES]
        if not asked:
            return {}
        person_id, sealed = account.session.person_id, account.birth_date_sealed
        birth_date = self._vault.open_birth_date(person_id, sealed)
        return self._calendar.ages(birth_date, asked, self._clock.now())

    async def network_id(self, client: Client, account: Account) -> str | None:
        """Return the person's network ID in the client's sector, or None before the first Allow."""
        found = await self._pseudonyms.find(client.sector, account.session.person_id)
        return None if found is None else found.network_id

    async def remembered(self, attempt: Attempt) -> Remembered:
        """Return the network ID and the items that were allowed before and still are."""
        client, account = attempt.known_client, attempt.known_account
        known = await self.network_id(client, account)
        consent = await self._consents.find(
            self._database, client.client_id, account.session.person_id
        )
        return Remembered(
            known, frozenset() if consent is None else consent.live_items(today=self._today())
        )

    async def by_remembered_consent(self, attempt: Attempt) -> Issued | None:
        """Store a grant on a remembered consent; None when the person has to be asked.

        The usual case is one statement: the consent holds just what is asked. One that holds more
        is read first, judged, and then named exactly to the same statement. Seldom it is another
        own service of the same platform whose consent counts.
        """
        asked = attempt.release.items
        issued = await self._issue_remembered(attempt, asked)
        if issued is not None:
            return issued
        allowed = (await self.remembered(attempt)).items
        if covers(allowed, asked):
            return await self._issue_remembered(attempt, allowed)
        return await self._by_a_consent_to_the_platform(attempt)

    async def _by_a_consent_to_the_platform(self, attempt: Attempt) -> Issued | None:
        """Store a grant on a consent to another own service of the platform (DECISIONS 33).

        For the network ID alone, which the platform has already; never for an age or a time.
        """
        client, person_id = attempt.known_client, attempt.known_account.session.person_id
        if not client.first_party or attempt.release.items != {SCOPE_OPENID}:
            return None
        own = await self._clients.own_services(client.sector)
        for consent in await self._consents.everywhere(person_id, own):
            items = consent.live_items(today=self._today())
            if SCOPE_OPENID in items:
                return await self._issue_remembered(attempt, items, to=consent.client_id)
        return None

    async def allow(self, attempt: Attempt, *, remember: bool) -> Issued:
        """Store what the person allowed: network ID if new, consent if remembered, grant."""
        client, person_id = attempt.known_client, attempt.known_account.session.person_id
        code, new, session = self._new_grant(attempt)
        items, record = attempt.release.items, self._entropy.bytes(16).hex()
        event = self._event(attempt, Happened.PLATFORM_ALLOWED, items=text_of(items), record=record)
        try:
            async with self._database.transaction() as transaction:
                await people.hold(transaction, person_id)
                held = await self._pseudonyms.find_or_draw(transaction, client.sector, person_id)
                new = self._under(held.version, new, client, person_id)
                if remember:
                    await self._consents.remember(
                        transaction, client, person_id, items, record=record, version=held.version
                    )
                if not await grants_born.issue(transaction, new, event, person_id=person_id):
                    raise Refusal(Cause.PERSON_SUSPENDED)
                await self._use_up(transaction, attempt)
                # A renewal in another tab forgets the `sid` that we have read: then start again.
                known = client.backchannel_logout_uri is not None
                await self._keep(transaction, attempt, session, certainly=known)
        except _Raced:
            return Issued(None)
        return Issued(code)

    async def _issue_remembered(
        self, attempt: Attempt, items: frozenset[str], *, to: str | None = None
    ) -> Issued | None:
        code, new, session = self._new_grant(attempt, to)
        event = self._event(attempt, Happened.PLATFORM_SIGNED_IN)
        person_id, client = attempt.known_account.session.person_id, attempt.known_client
        older = self._older(client, person_id, items, to or client.client_id)
        consent = grants_born.Remembered(
            person_id=person_id,
            items_tag=self._consents.items_tag(new.consent_tag, items),
            today=self._today(),
            pushed=attempt.pushed_digest,
            older=older,
        )
        if session is attempt.known_account.session:  # nothing to write beside the grant
            found = await grants_born.issue_remembered(self._database, new, event, consent)
            return Issued(code) if found else None
        try:
            async with self._database.transaction() as transaction:
                if not await grants_born.issue_remembered(transaction, new, event, consent):
                    return None
                await self._keep(transaction, attempt, session)
        except _Raced:
            return Issued(None)
        return Issued(code)

    async def _use_up(self, connection: Connection, attempt: Attempt) -> None:
        """RFC 9126 §7.3: one code for a pushed request, in the transaction that stores it."""
        digest = attempt.pushed_digest
        if digest is not None and not await pushed_requests.remove(connection, digest):
            raise Refusal(Cause.PUSHED_REQUEST_USED)

    def _event(self, attempt: Attempt, happened: Happened, **detail: str) -> NewEvent | None:
        client = attempt.known_client
        return self._activity.new(
            attempt.known_account.session.person_id,
            happened,
            sector=client.sector,
            client_id=client.client_id,
            **detail,
        )

    def _new_grant(
        self, attempt: Attempt, to: str | None = None
    ) -> tuple[str, grants_born.NewGrant, Session]:
        """Return a code, its grant, and the session as it is after this login.

        ``to`` is whose consent it stands on, if not the asking client's: with that it ends.
        """
        now, session = self._clock.now(), attempt.known_account.session
        client, session = attempt.known_client, session.touched(now) or session
        sid = None
        if client.backchannel_logout_uri is not None and attempt.is_sign_in:
            sid = session.sid_at(client.client_id)
            if sid is None:
                sid = base64url.encode(self._entropy.bytes(_SID_BYTES))
                session = session.visited(Visit(client.client_id, sid))
        code, sealed = self._sealed(self._facts(attempt, sid))
        new = grants_born.NewGrant(
            id=grant_id(code),
            holder_tag=self._pseudonyms.tag(client.sector, session.person_id),
            consent_tag=self._consents.tag(to or client.client_id, session.person_id),
            facts_sealed=sealed,
            expires_at=expires_at(now),
        )
        return code, new, session

    def _sealed(self, facts: GrantFacts) -> tuple[str, bytes]:
        """Return a code, and the facts sealed for the grant that it belongs to.

        All grants are of one size (promise P3). A nonce so long that it does not fit in beside all
        the rest travels in the code.
        """
        code = base64url.encode(self._entropy.bytes(_CODE_BYTES))
        try:
            return code, self._vault.seal_grant(grant_id(code), facts)
        except TooLong:
            code = with_nonce(code, self._vault.seal_nonce(facts.nonce or ""))
            return code, self._vault.seal_grant(grant_id(code), replace(facts, nonce=None))

    def _under(
        self, version: int, new: grants_born.NewGrant, client: Client, person_id: bytes
    ) -> grants_born.NewGrant:
        """Return the grant as it hangs on a pseudonym that has this version of the link secret."""
        if version == version_of(new.holder_tag):
            return new
        return replace(
            new,
            holder_tag=self._pseudonyms.tag_under(version, client.sector, person_id),
            consent_tag=self._consents.tag_under(version, client.client_id, person_id),
        )

    def _older(
        self, client: Client, person_id: bytes, items: frozenset[str], to: str
    ) -> tuple[bytes, bytes, bytes] | None:
        """Return the tags of pseudonym, consent and items under another version that is live."""
        other = self._pseudonyms.other_version
        if other is None:
            return None
        consent = self._consents.tag_under(other, to, person_id)
        holder = self._pseudonyms.tag_under(other, client.sector, person_id)
        return holder, consent, self._consents.items_tag(consent, items)

    def _facts(self, attempt: Attempt, sid: str | None) -> GrantFacts:
        how = attempt.known_account.session.authentication
        return GrantFacts(
            client_id=attempt.known_client.client_id,
            redirect_digest=redirect_digest(attempt.redirect_uri),
            code_expires_at=self._clock.now() + CODE_SECONDS,
            scope=tuple(sorted(attempt.scopes)),
            nonce=attempt.sent.get("nonce") if attempt.is_sign_in else None,
            code_challenge=attempt.sent.get("code_challenge"),
            auth_time=how.time if attempt.release.auth_time else None,
            acr=attempt.acr,
            amr=how.amr if attempt.acr == how.acr else acr.methods(attempt.acr),
            sid=sid,
            id_token_claims=attempt.release.id_token,
            userinfo_claims=attempt.release.userinfo,
            ages=self.ages(attempt),
            assurance=self.assurance(attempt),
            resource=None if attempt.resource is None else attempt.resource.identifier,
            dpop_jkt=attempt.sent.get("dpop_jkt"),
        )

    async def _keep(
        self,
        connection: Connection,
        attempt: Attempt,
        session: Session,
        *,
        certainly: bool = False,
    ) -> None:
        if session is attempt.known_account.session and not certainly:
            return
        if not await self._sessions.update(connection, attempt.known_account, session):
            raise _Raced

    def _today(self) -> int:
        return self._clock.now() // SECONDS_PER_DAY
