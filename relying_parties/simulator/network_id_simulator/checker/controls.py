"""The controls: good sign-ins and certain non-sign-ins, by which everything else is judged."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urljoin, urlsplit

from network_id_simulator.checker.browser import same_origin
from network_id_simulator.checker.looks import network_ids
from network_id_simulator.checker.observing import Seen, SignInSeen
from network_id_simulator.checker.recognising import Visit, find_recogniser, pages_to_try
from network_id_simulator.checker.wish import CannotRunError
from network_id_simulator.faults import find

if TYPE_CHECKING:
    from network_id_simulator.checker.attempts import Attempt, Driver
    from network_id_simulator.checker.browser import Trail
    from network_id_simulator.checker.recognising import Recogniser
    from network_id_simulator.checker.wish import Wish, World

PEOPLE = ("adult", "elder")  # two of age, in case the platform asks


class Controls:
    """What a good sign-in looks like here."""

    def __init__(self, driver: Driver, wish: Wish, world: World) -> None:
        self._driver = driver
        self._wish = wish
        self._world = world
        self._recogniser: Recogniser | None = None
        self._own: frozenset[str] = frozenset()

    @property
    def recogniser(self) -> Recogniser:
        """What tells a sign-in, once `calibrate` has found it."""
        if self._recogniser is None:
            raise AssertionError("calibrate first")
        return self._recogniser

    async def reach(self) -> None:
        """Wait until the platform's server answers. Raises CannotRunError when it does not.

        Its front page is asked: the login page would let it fetch the metadata.
        """
        browser, waited = self._driver.browser(), 0.0
        while (await browser.look(urljoin(self._driver.place.login, "/"))).silent:
            if waited >= self._wish.patience:
                text = f"no platform answers at {self._driver.place.login}"
                raise CannotRunError("no_platform", text)
            waited += await self._world.pause(waited)
        await browser.aclose()

    async def calibrate(self) -> Seen:
        """Find out how a sign-in shows, and return what two good ones told on the way.

        Raises CannotRunError when the platform never comes to the simulator, or when a good
        sign-in and none at all look the same.
        """
        one = await self._first()
        two = await self._driver.sign_in(persona=PEOPLE[1])
        inside = [one.visit, two.visit]
        outside = [Visit(self._driver.browser()), await self._driver.abandon()]
        pages = [self._wish.probe] if self._wish.probe else pages_to_try(*_landmarks(one))
        text = self._wish.signed_in_text
        found = await find_recogniser(pages, inside, outside, text)
        if found is None and not self._wish.probe:
            denied = await self._driver.sign_in(find("error-access-denied"))
            outside = [*outside, denied.visit]
            found = await find_recogniser([None], inside, [denied.visit], text)
        look = None if found is None else await found.look(one.visit)
        for visit in (*inside, *outside):
            await visit.browser.aclose()
        if found is None:
            raise CannotRunError("no_difference", _CANNOT_TELL, _told(one))
        self._recogniser = found
        self._own = network_ids(look.text) if look else frozenset()
        return Seen(
            _sign_in_seen(one),
            _sign_in_seen(two),
            one.heard.secret,
            self._driver.simulation.ever_asked,
        )

    def whose(self, text: str) -> str:
        """Tell whose network ID a page shows: "own", "other", or "" for none that can be seen."""
        shown = network_ids(text)
        if not shown or not self._own:
            return ""
        return "own" if shown <= self._own else "other"

    async def good(self) -> tuple[bool, int]:
        """Tell whether a good sign-in works now or within the patience, and how long it took."""
        waited = 0.0
        while True:
            attempt = await self._driver.sign_in()
            signed_in = await self.recogniser.signed_in(attempt.visit)
            await attempt.visit.browser.aclose()
            if signed_in or waited >= self._wish.patience:
                return bool(signed_in), round(waited)
            waited += await self._world.pause(waited)

    async def _first(self) -> Attempt:
        """Return a good sign-in that came back to the platform without an error, with patience."""
        waited = 0.0
        while True:
            attempt = await self._driver.sign_in()
            arrived = attempt.trail.answer is not None
            if arrived and "token" in attempt.heard.asked and not attempt.trail.end.failed:
                return attempt
            await attempt.visit.browser.aclose()
            elsewhere = _other_provider(attempt.trail)
            if elsewhere or waited >= self._wish.patience:
                why = _why_not(attempt.trail, elsewhere, self._driver.simulation.issuer)
                raise CannotRunError("no_sign_in", why, _told(attempt))
            waited += await self._world.pause(waited)


def _landmarks(attempt: Attempt) -> tuple[str, str, str]:
    """Return the login page, where the sign-in ended, and the redirect URI."""
    trail = attempt.trail
    answer = trail.answer.url if trail.answer else ""
    return trail.hops[0].url, trail.end.url, answer


def _sign_in_seen(attempt: Attempt) -> SignInSeen:
    return SignInSeen(
        request=attempt.heard.request,
        urls=tuple(hop.url for hop in attempt.trail.hops),
        end=attempt.trail.end.url,
        before=attempt.before.values,
        after=attempt.after.values,
        open_cookies=attempt.after.open,
    )


def _other_provider(trail: Trail) -> str:
    """Return the address of another provider that was asked in the simulator's place, or ""."""
    if trail.authorize is not None:
        return ""
    asked = (hop.url for hop in trail.hops[1:] if "client_id" in parse_qs(urlsplit(hop.url).query))
    return next((urljoin(url, "/").rstrip("/") for url in asked), "")


def _why_not(trail: Trail, other_provider: str, issuer: str) -> str:
    """Say what is probably missing where a good sign-in does not work."""
    if other_provider:
        return _OTHER_PROVIDER.format(other_provider, issuer)
    if trail.authorize is None:
        login = trail.hops[0].url
        elsewhere = [hop.url for hop in trail.hops if not same_origin(hop.url, login)]
        where = f"went to {urljoin(elsewhere[0], '/')} and" if elsewhere else ""
        return _NEVER_CAME.format(where, issuer).replace("  ", " ")
    return _NOT_ANSWERED if trail.answer is None else _NOT_TAKEN


def _told(attempt: Attempt) -> tuple[str, ...]:
    """Return the way that the browser went, and what the simulator refused on it."""
    hops = (
        f"  {hop.method} {hop.url.split('?', 1)[0]} -> {hop.status or hop.text}"
        for hop in attempt.trail.hops
    )
    refused = (f"  The simulator refused /{at}: {why}" for at, why in attempt.heard.refused.items())
    return ("The way of a good sign-in:", *hops, *refused)


_OTHER_PROVIDER = (
    "the platform sends people to {0}, not to the simulator. Give it the issuer {1} and start it "
    "anew; an app that was made with the SDK takes it from NETWORK_ID_ISSUER"
)
_NEVER_CAME = (
    "a good sign-in {} never came to the simulator. Is the platform configured with the issuer {}? "
    "Is that the address at which a sign-in begins? If it is a page with buttons, name one by "
    "--press"
)
_NOT_ANSWERED = (
    "the simulator did not accept a good sign-in. Are client_id and redirect URI the ones that it "
    "was given?"
)
_NOT_TAKEN = (
    "the platform did not take a good sign-in. Can it reach the simulator from where it runs? Are "
    "its client_id and client_secret the simulator's? Its log says more"
)
_CANNOT_TELL = (
    "signed in and signed out look the same. Name a page that differs by --probe, or a text that "
    "only people who are signed in see by --signed-in-text"
)
