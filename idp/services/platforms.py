"""A person's platforms: where they have a network ID, what goes there, and how to take it back.

Everything is found by computing tags from the person and all sectors and clients there are or were;
so nobody can name somebody else's, and what is not one's own is simply not there.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from idp.domain.activity import Happened
from idp.domain.client import Client, localized
from idp.domain.clock import SECONDS_PER_DAY
from idp.domain.person import PersonStatus
from idp.domain.refusal import Cause, Refusal
from idp.domain.release import SCOPE_OPENID
from idp.storage import grants, people

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from idp.domain.activity import Event
    from idp.domain.clock import Clock
    from idp.domain.consent import Consent
    from idp.domain.pseudonym import Pseudonym
    from idp.domain.refresh_token import Stay
    from idp.services.activity import Activity
    from idp.services.clients import Clients
    from idp.services.consents import Consents
    from idp.services.pseudonyms import Pseudonyms
    from idp.services.registered import Former
    from idp.services.sessions import Account, Sessions
    from idp.storage.database import Database

_USES = frozenset({Happened.PLATFORM_ALLOWED, Happened.PLATFORM_SIGNED_IN})
_SLUG = 16


class Yes(Struct, frozen=True):
    """One yes of a person: to what, when (epoch seconds), and the name of its record."""

    items: frozenset[str]
    given_at: int
    record: str
    until_day: int | None = None
    withdrawn_at: int | None = None


class Service(Struct, frozen=True):
    """One client of a platform, as a person has to do with it.

    ``client`` is None when it was removed. ``consent`` is remembered and alive. ``by`` is the id of
    the platform's own service whose consent counts here too. ``has_tokens`` tells whether something
    given earlier still works, ``stays`` in what ways it is connected while the person is away.
    ``last_yes`` and ``last_used`` are known as far as the activity goes.
    """

    client_id: str
    names: Mapping[str, str]
    client: Client | None = None
    consent: Consent | None = None
    by: str | None = None
    has_tokens: bool = False
    stays: tuple[Stay, ...] = ()
    last_yes: Yes | None = None
    last_used: int | None = None

    @property
    def may_be_withdrawn(self) -> bool:
        """Tell whether there is anything to take back."""
        return bool(self.consent or self.by or self.has_tokens)

    @property
    def is_concerned(self) -> bool:
        """Tell whether the person ever had to do with it, as far as is known."""
        return bool(self.may_be_withdrawn or self.last_yes or self.last_used)

    def name(self, locale: str) -> str:
        """Return its display name, as ``Client.name`` does."""
        return localized(self.names, locale) or self.client_id


class Platform(Struct, frozen=True):
    """One sector where a person has a network ID. ``slug`` names it in addresses; days as ever."""

    slug: str
    pseudonym: Pseudonym
    services: tuple[Service, ...]
    renewable_day: int

    @property
    def has_left(self) -> bool:
        """Tell whether no client remains, so that nobody can ask any more."""
        return all(service.client is None for service in self.services)

    @property
    def is_disabled(self) -> bool:
        """Tell whether an operator has disabled every client that remains."""
        left = [service.client for service in self.services if service.client is not None]
        return bool(left) and all(client.disabled for client in left)

    @property
    def last_used(self) -> int | None:
        """When the person last signed in there, in epoch seconds, as far as is known."""
        return max((one.last_used for one in self.services if one.last_used), default=None)

    def service(self, client_id: str) -> Service:
        """Return one of the services; raises Refusal ``NOT_FOUND``."""
        for service in self.services:
            if service.client_id == client_id:
                return service
        raise Refusal(Cause.NOT_FOUND)


def slug_of(sector: str) -> str:
    """Return what names a sector in an address: one path segment, the same for everybody."""
    return hashlib.sha256(sector.encode()).hexdigest()[:_SLUG]


class Platforms:
    """Lists them, withdraws, renews."""

    def __init__(  # noqa: PLR0913 - the parts it joins, named where they are joined
        self,
        *,
        database: Database,
        clients: Clients,
        pseudonyms: Pseudonyms,
        consents: Consents,
        sessions: Sessions,
        activity: Activity,
        clock: Clock,
    ) -> None:
        self._database = database
        self._clients = clients
        self._pseudonyms = pseudonyms
        self._consents = consents
        self._sessions = sessions
        self._activity = activity
        self._clock = clock

    @property
    def renewal_days(self) -> int:
        """How many days lie between two renewals of one network ID."""
        return self._pseudonyms.renewal_days

    def today(self) -> int:
        """Return today, in days since the epoch."""
        return self._clock.now() // SECONDS_PER_DAY

    async def everyone(self, person_id: bytes) -> list[Platform]:
        """Return every platform where the person has a network ID, last used first."""
        live = [one.client for one in await self._clients.everyone()]
        known = {(one.client_id, one.sector) for one in live}
        # One that has come back in another sector has left this one all the same.
        former = [
            one for one in await self._clients.former() if (one.client_id, one.sector) not in known
        ]
        every: list[Client | Former] = [*live, *former]
        sectors = sorted({one.sector for one in every})
        pseudonyms = await self._pseudonyms.everywhere(person_id, sectors)
        concerned = [one for one in every if one.sector in {p.sector for p in pseudonyms}]
        ids = [one.client_id for one in concerned]
        consents = await self._consents.everywhere(person_id, ids)
        here = [p.sector for p in pseudonyms]
        given = await self._consents.given(person_id, ids, here)
        events = await self._activity.events(person_id, here)
        found = [
            self._platform(
                pseudonym,
                _services(
                    [one for one in concerned if one.sector == pseudonym.sector],
                    self._alive(consents),
                    [event for event in events if event.sector == pseudonym.sector],
                    given,
                ),
            )
            for pseudonym in pseudonyms
        ]
        return sorted(found, key=lambda one: (-(one.last_used or 0), one.slug))

    async def one(self, person_id: bytes, slug: str) -> Platform:
        """Return one of the person's platforms; raises Refusal ``NOT_FOUND``."""
        for platform in await self.everyone(person_id):
            if platform.slug == slug:
                return platform
        raise Refusal(Cause.NOT_FOUND)

    async def withdraw(self, person_id: bytes, slug: str, client_id: str) -> None:
        """Take back what was allowed to a client, remembered or not, and end all it gave at once.

        Own services of one platform stand on one consent, so it is taken back at all of them.
        Asked once more, it does nothing. Raises Refusal ``NOT_FOUND`` for a client of no platform
        of the person's.
        """
        platform = await self.one(person_id, slug)
        service = platform.service(client_id)
        ids = [client_id]
        if service.client is not None and service.client.first_party:
            ids = [one.client_id for one in platform.services if _may_share_a_consent(one)]
        sectors = await self._clients.sectors()
        async with self._database.transaction() as transaction:
            await people.hold(transaction, person_id)
            withdrawn = await self._consents.withdraw(transaction, person_id, ids, sectors)
            await self._sessions.forget_visits(transaction, person_id, ids)
            if withdrawn:
                await self._activity.note(
                    transaction,
                    person_id,
                    Happened.PLATFORM_WITHDRAWN,
                    sector=platform.pseudonym.sector,
                    client_id=client_id,
                )

    async def renew(self, account: Account, slug: str) -> Pseudonym:
        """Make the person a new one to a platform: another network ID, and nothing left of before.

        Every consent and every token there ends in the same transaction. Raises Refusal
        ``NOT_FOUND``, ``RENEWED_TOO_RECENTLY``, and ``PERSON_SUSPENDED``: who is suspended keeps
        everything as it is, and gets away from nothing.
        """
        if account.status is not PersonStatus.ACTIVE:
            raise Refusal(Cause.PERSON_SUSPENDED)
        person_id = account.session.person_id
        platform = await self.one(person_id, slug)
        sector = platform.pseudonym.sector
        holder = self._pseudonyms.tags(sector, person_id)
        sectors = await self._clients.sectors()
        async with self._database.transaction() as transaction:
            await people.hold(transaction, person_id)
            new = await self._pseudonyms.renew(transaction, sector, person_id)
            ids = [service.client_id for service in platform.services]
            await self._consents.withdraw(transaction, person_id, ids, sectors)
            await grants.revoke_of_holders(transaction, holder)
            await self._sessions.forget_visits(transaction, person_id, ids)
            await self._activity.note(
                transaction, person_id, Happened.NETWORK_ID_RENEWED, sector=sector
            )
        return new

    def _platform(self, pseudonym: Pseudonym, services: tuple[Service, ...]) -> Platform:
        return Platform(
            slug=slug_of(pseudonym.sector),
            pseudonym=pseudonym,
            services=services,
            renewable_day=self._pseudonyms.renewable_day(pseudonym),
        )

    def _alive(self, consents: Iterable[Consent]) -> dict[str, Consent]:
        today = self.today()
        return {one.client_id: one for one in consents if one.live_items(today=today)}


def _services(
    clients: Sequence[Client | Former],
    consents: Mapping[str, Consent],
    events: Sequence[Event],
    given: Mapping[str, tuple[Stay, ...]],
) -> tuple[Service, ...]:
    """Return a person's services of one sector; ``events`` are theirs there, newest first."""
    found = [
        replace(
            _service(client, consents.get(client.client_id), events),
            has_tokens=client.client_id in given,
            stays=given.get(client.client_id, ()),
        )
        for client in clients
    ]
    shared = [
        one.client_id
        for one in found
        if one.client is not None
        and one.client.first_party
        and one.consent is not None
        and SCOPE_OPENID in one.consent.items
    ]
    return tuple(_with_shared(one, shared) for one in found)


def _service(client: Client | Former, consent: Consent | None, events: Sequence[Event]) -> Service:
    own = [event for event in events if event.detail.get("client_id") == client.client_id]
    return Service(
        client_id=client.client_id,
        names=client.names,
        client=client if isinstance(client, Client) else None,
        consent=consent,
        last_yes=_last_yes(client.client_id, consent, events),
        last_used=next((event.at for event in own if event.happened in _USES), None),
    )


def _with_shared(service: Service, shared: Sequence[str]) -> Service:
    if service.client is None or not service.client.first_party or service.consent is not None:
        return service
    return replace(service, by=next(iter(shared), None))


def _last_yes(client_id: str, consent: Consent | None, events: Sequence[Event]) -> Yes | None:
    """Return the yes that a receipt is about: the remembered one, else the last since a renewal.

    What was allowed before a renewal was allowed under a network ID that is gone.
    """
    if consent is not None:
        return Yes(consent.items, consent.given_at, consent.record, consent.expires_day)
    renewed = (one.at for one in events if one.happened is Happened.NETWORK_ID_RENEWED)
    renewed_at, withdrawn_at = max(renewed, default=0), None
    for event in events:
        if event.at <= renewed_at or event.detail.get("client_id") != client_id:
            continue
        if event.happened is Happened.PLATFORM_WITHDRAWN:
            withdrawn_at = event.at
        if event.happened is Happened.PLATFORM_ALLOWED:
            items = frozenset(event.detail["items"].split())
            return Yes(items, event.at, event.detail["record"], None, withdrawn_at)
    return None


def _may_share_a_consent(service: Service) -> bool:
    """Tell whether tokens of an own service may stand on this one's consent; a former's may too."""
    return service.client is None or service.client.first_party
