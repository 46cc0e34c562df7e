"""Whether what comes back in an error's text becomes part of the platform's page (XSS)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from network_id_simulator.checker.observing import Observation
from network_id_simulator.checker.verdict import Verdict
from network_id_simulator.faults import find

if TYPE_CHECKING:
    from network_id_simulator.checker.attempts import Driver
    from network_id_simulator.checker.pages import Step

NAME: Final = "error-text"
SPEC: Final = "RFC 6749 §10.14"
MARK: Final = "<b data-from=check-rp>"
MEND: Final = (
    "Escape what you show, or better show a text of your own: anybody can send people to your "
    "redirect URI with any error_description."
)


async def look_for_markup(driver: Driver) -> Observation:
    """Bring an error whose description holds HTML, and look whether the page took it as such."""
    visit = await driver.altered(find("error-access-denied"), _with_markup)
    await visit.browser.aclose()
    hops = visit.trail.hops if visit.trail else []
    if any(MARK in hop.text for hop in hops):
        seen = "error_description becomes HTML of the page (XSS)"
        return Observation(NAME, Verdict.WRONG, seen, SPEC, MEND)
    return Observation(NAME, Verdict.RIGHT, "no HTML from outside", SPEC)


def _with_markup(answer: Step) -> Step:
    parts = urlsplit(answer.url)
    query = dict(parse_qsl(parts.query)) | {"error_description": f"{MARK}no</b>"}
    return replace(answer, url=parts._replace(query=urlencode(query)).geturl())
