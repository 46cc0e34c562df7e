"""What platforms see of an instance, judged: see ``idp.services.doctor``."""

from __future__ import annotations

import json
import re
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

from idp.domain.clock import SECONDS_PER_DAY
from idp.services.patient import Finding, Level, clocks_apart

if TYPE_CHECKING:
    from idp.services.patient import Patient

_CERTIFICATE_DAYS = (21, 7)
_PROTOCOLS = ("TLSv1.2", "TLSv1.3")
_OK = 200


def reachable(patient: Patient) -> list[Finding]:
    """Check that the issuer's own address leads here."""
    answer = patient.outside.discovery
    if isinstance(answer, str) or answer.status != _OK:
        why = answer if isinstance(answer, str) else f"the answer has status {answer.status}"
        return [
            Finding(
                "issuer",
                Level.FAIL,
                f"{patient.issuer} cannot be reached as platforms do: {why}",
                f"curl -v {patient.issuer}/.well-known/openid-configuration",
            )
        ]
    return [Finding("issuer", Level.OK, f"{patient.issuer} answers")]


def exact(patient: Patient) -> list[Finding]:
    """Check that discovery is ours to the letter: platforms compare the issuer as a string."""
    answer = patient.outside.discovery
    if isinstance(answer, str) or answer.status != _OK or not patient.outside.metadata:
        return []
    found = _object(answer.body)
    ours = patient.outside.metadata
    other = sorted(name for name in {*ours, *found} if ours.get(name) != found.get(name))
    if other:
        return [
            Finding(
                "discovery",
                Level.FAIL,
                f"what is served at {patient.issuer} differs from ours in {', '.join(other[:5])}",
                "restart idp serve if settings have changed; else look which instance or cache "
                f"answers: curl -s {patient.issuer}/.well-known/openid-configuration",
            )
        ]
    return [Finding("discovery", Level.OK, "is ours to the letter")]


def served_keys(patient: Patient) -> list[Finding]:
    """Check that the JWKS from outside holds the keys of the database, and no other."""
    answer = patient.outside.jwks
    if isinstance(answer, str) or answer.status != _OK or not patient.outside.keys:
        return []
    members = _object(answer.body).get("keys")
    found = (
        {str(key.get("kid")): key for key in members or () if isinstance(key, dict)}
        if isinstance(members, list)
        else {}
    )
    other = sorted(
        kid
        for kid in {*patient.outside.keys, *found}
        if patient.outside.keys.get(kid) != found.get(kid)
    )
    if other:
        return [
            Finding(
                "jwks",
                Level.FAIL,
                f"the JWKS from outside is not ours: {', '.join(other[:3])}",
                f"curl -si {patient.issuer}/jwks; docs/runbooks/jwks-behind-a-cdn.md",
            )
        ]
    return [Finding("jwks", Level.OK, f"holds our {len(found)} keys")]


def caching(patient: Patient) -> list[Finding]:
    """Check that no proxy keeps the JWKS longer than it may, or says something else of its age."""
    found = []
    for answer in (patient.outside.jwks, patient.outside.jwks_again):
        if isinstance(answer, str) or answer.status != _OK:
            return []
        said, age = answer.told.get("cache-control", ""), answer.told.get("age", "0")
        if _directives(said) != _directives(patient.outside.caching):
            found.append(f"Cache-Control of the JWKS is changed on its way to '{said}'")
        if age.isdecimal() and int(age) > patient.outside.shared_seconds:
            found.append(f"a cache gave out a JWKS of {age} s ago")
    if found:
        command = f"curl -si {patient.issuer}/jwks; docs/runbooks/jwks-behind-a-cdn.md"
        return [Finding("jwks_caching", Level.FAIL, found[0], command)]
    return [Finding("jwks_caching", Level.OK, "no cache keeps the JWKS longer than it may")]


def tls(patient: Patient) -> list[Finding]:
    """Check that the certificate holds for a while, and the protocol is a modern one."""
    answer = patient.outside.discovery
    if isinstance(answer, str) or not patient.issuer.startswith("https:"):
        return []
    if answer.tls is None:
        return []
    days = (answer.tls.until - patient.now) // SECONDS_PER_DAY
    warn, fail = _CERTIFICATE_DAYS
    level = Level.FAIL if days < fail else Level.WARN if days < warn else Level.OK
    command = "" if level is Level.OK else "certbot renew, or whatever renews it"
    found = [Finding("tls", level, f"{answer.tls.protocol}, {days} days left", command)]
    if answer.tls.protocol not in _PROTOCOLS:
        text = f"{answer.tls.protocol} is spoken: TLS 1.2 and 1.3 alone are safe"
        found.append(Finding("tls", Level.FAIL, text, "ssl_protocols TLSv1.2 TLSv1.3; in nginx"))
    return found


def clock(patient: Patient) -> list[Finding]:
    """Check that our clock and that of whoever answers for us are the same."""
    answer = patient.outside.jwks
    if isinstance(answer, str) or "date" not in answer.told or answer.told.get("age", "0") != "0":
        return []
    try:
        there = int(parsedate_to_datetime(answer.told["date"]).timestamp())
    except ValueError:
        return []
    return [clocks_apart("clock", "the server at the issuer's address", patient.now - there)]


OUTSIDE: Final = (reachable, exact, served_keys, caching, tls, clock)
"""The checks of what platforms see, in the order in which they are told."""


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _directives(header: str) -> set[str]:
    return {part for part in re.split(r"[\s,]+", header.lower()) if part}
