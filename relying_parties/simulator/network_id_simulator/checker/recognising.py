"""Finding where a sign-in shows: the controls of the experiment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from network_id_simulator.checker.looks import TextEye, fits, learn, look_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from network_id_simulator.checker.browser import Browser, Trail
    from network_id_simulator.checker.looks import Eye, Look


@dataclass(frozen=True, slots=True)
class Visit:
    """A browser, and the way that it has gone; a browser that went nowhere has no way."""

    browser: Browser
    trail: Trail | None = None


@dataclass(frozen=True, slots=True)
class Recogniser:
    """Where to look, and an eye that knows what to see there.

    ``page`` is None where the platform keeps no session, so that only the answer to the callback
    itself can tell.
    """

    page: str | None
    eye: Eye | TextEye

    @property
    def told_by(self) -> str:
        """How a sign-in was recognised, in words."""
        where = self.page or "the answer at the redirect URI"
        return f'"{self.eye.text}" on {where}' if isinstance(self.eye, TextEye) else where

    async def look(self, visit: Visit) -> Look | None:
        """Look; None where there is nothing to look at."""
        return await look_at(self.page, visit)

    async def signed_in(self, visit: Visit) -> bool | None:
        """Tell whether somebody is signed in in this browser, or None when it cannot be seen."""
        look = await self.look(visit)
        return False if look is None else self.eye.sees(look)


async def look_at(page: str | None, visit: Visit) -> Look | None:
    """Look at a page with this browser, or at where its way ended."""
    if page is not None:
        return look_of(await visit.browser.look(page))
    return look_of(visit.trail.end) if visit.trail and visit.trail.hops else None


def pages_to_try(login: str, end: str, callback: str) -> list[str]:
    """Return where a sign-in may show: where the good one ended, and the front page.

    The callback is none of them: opened again, it would bring its answer twice.
    """
    at_callback = urlsplit(callback).path
    pages = dict.fromkeys((end.split("#", 1)[0], urljoin(login, "/")))
    return [page for page in pages if urlsplit(page).path != at_callback]


async def find_recogniser(
    pages: Sequence[str | None],
    signed_in: Sequence[Visit],
    signed_out: Sequence[Visit],
    text: str | None,
) -> Recogniser | None:
    """Return what tells these apart at the first place that does, or None."""
    for page in pages:
        inside = [look for visit in signed_in if (look := await look_at(page, visit))]
        outside = [look for visit in signed_out if (look := await look_at(page, visit))]
        if not inside or not outside:
            continue
        eye = learn(inside, outside) if text is None else TextEye(text)
        if eye is not None and fits(eye, inside, outside):
            return Recogniser(page, eye)
    return None
