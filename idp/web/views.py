"""What the pages are given: small frozen values, one per thing that a template shows.

Every ``*_url`` is ready to stand in a link: absolute, or a path that already has the base path in
front. Texts are plain; the templates escape them. Nothing here names a person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping

Direction = Literal["auto", "ltr", "rtl"]

NOT_SHARED = (
    "name",
    "birth_date",
    "national_id",
    "address",
    "contact",
    "biometrics",
    "other_platforms",
)
"""What no platform receives, in the order of the consent page."""


class ClientView(Struct, frozen=True):
    """Who asks. ``logo_url`` is served from our own origin; policy and terms are the platform's.

    ``alternative`` is the platform's other way in, in its own words, or empty. Of one that nobody
    has ``reviewed`` ``leads_to`` is all that is known for sure: the hosts of its addresses.
    ``login_url`` is where a login there begins, or empty.
    """

    name: str
    logo_url: str | None = None
    policy_uri: str | None = None
    tos_uri: str | None = None
    alternative: str = ""
    reviewed: bool = True
    leads_to: str = ""
    login_url: str = ""


class PersonaView(Struct, frozen=True):
    """One persona of the sandbox; ``id`` is ``[a-z]+``, ``lang`` a BCP 47 tag or empty.

    ``note`` is a key of ``words.PERSONA_NOTES``; labels that are descriptions are words of the
    pages too, by ``id``, and ``label`` stands where there are none.
    """

    id: str
    label: str
    note: str = ""
    dir: Direction = "auto"
    lang: str = ""


class CitizenView(Struct, frozen=True):
    """One invented citizen who can still be enrolled; ``birth_year_hint`` may be empty.

    An ``id`` like ``citizen-07`` is shown as a number in the page's language, else ``label``.
    """

    id: str
    label: str
    birth_year_hint: str = ""
    dir: Direction = "auto"
    lang: str = ""


class UpstreamView(Struct, frozen=True):
    """Another provider that can say who somebody is; ``name`` is in the page's language."""

    id: str
    name: str


class PasskeyPrompt(Struct, frozen=True):
    """A WebAuthn request for the browser: options as JSON values, and the sealed challenge."""

    options: Mapping[str, object]
    challenge: str


class ConsentValue(Struct, frozen=True):
    """One value that the platform gets: the claim's name and the answer itself."""

    name: str
    value: bool


class Permission(Struct, frozen=True):
    """One thing that a platform may do at a resource: the consent item, and in words.

    ``text`` is empty where nobody knows the words any more.
    """

    item: str
    text: str


class PermissionsView(Struct, frozen=True):
    """What a platform may do at one resource; ``api`` is its name, empty where that is forgotten.

    ``offered`` is False where the resource offers this no longer, and nothing is left to do.
    """

    api: str
    offered: bool
    permissions: tuple[Permission, ...]


class RecoveryView(Struct, frozen=True):
    """A recovery that waits, for the warning on every page of whoever is signed in.

    Times in epoch seconds, and as the page words them; ``csrf`` is for the form that stops it,
    ``then`` the page to return to.
    """

    method: str
    asked_at: int
    valid_from: int
    asked: str
    valid: str
    csrf: str
    then: str = ""


class Comparison(Struct, frozen=True):
    """Two addresses side by side: ``(part, is_different)`` pairs that join to the whole.

    ``position`` is the 1-based number of the first character that differs, and ``…_there`` which
    it is, empty where that text has ended.
    """

    sent: tuple[tuple[str, bool], ...]
    registered: tuple[tuple[str, bool], ...]
    position: int
    sent_there: str = ""
    registered_there: str = ""


class DeveloperView(Struct, frozen=True):
    """What only a platform's developers need of an error; all of it harmless to show.

    ``basis`` says why what is beside ``sent`` would have been taken, a key of
    ``words_errors.BASES``, or empty where nothing is compared. ``comparison`` is with the nearest,
    ``taken`` are the others, of which ``more`` are not listed; ``elsewhere`` says that there are
    some that whoever asks may not see.
    """

    meaning: str
    values: Mapping[str, str]
    spec: str
    sent: str = ""
    basis: str = ""
    comparison: Comparison | None = None
    slip: str = ""
    taken: tuple[str, ...] = ()
    more: int = 0
    elsewhere: bool = False


class ErrorView(Struct, frozen=True):
    """The error page: ``page`` chooses the words; the rest helps whoever looks into it.

    ``utc_time`` is in whole seconds since the epoch; ``developer`` is None where no platform can
    do anything about it; ``report`` is all of it as plain text; ``retry_minutes`` is how long to
    wait, 0 when that is not it.
    """

    page: str
    code: str
    request_id: str
    utc_time: int
    report: str
    developer: DeveloperView | None = None
    continue_url: str | None = None
    retry_minutes: int = 0
