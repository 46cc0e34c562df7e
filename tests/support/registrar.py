"""Codes from an office: what a registrar hands out, made with the instance's own keys."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import TYPE_CHECKING, Final

from idp import app as joining
from idp.domain.assurance import Assurance
from idp.proofing.in_person import InPerson, Typed
from idp.settings import load

if TYPE_CHECKING:
    from pathlib import Path

    from idp.proofing.proof import Proof
    from idp.web.site import Services

BORN: Final = "1985-04-12"
REGISTRAR: Final = "0b" * 16


async def proof_of(number: str, **typed: str) -> Proof:
    """What a registrar's check of a document proves; ordinary where nothing is given."""
    adapter = InPerson(documents=("passport", "national_id"), level=Assurance.SUBSTANTIAL)
    told = {"country": "GB", "document": "passport", "birth_date": BORN} | typed
    submission = Typed(number=number, registrar=REGISTRAR, **told)
    return await adapter.prove(submission, today=date(2026, 1, 1))


async def code_for(services: Services, number: str, *, seconds: int = 3600, **typed: str) -> str:
    """A code as it stands on the slip."""
    identity = services.enrolment.identity(await proof_of(number, **typed))
    return (await services.vouchers.issue(identity, seconds=seconds)).code


def code_of_instance(home: Path, number: str) -> str:
    """A code of the instance in `home`, which may be running."""

    async def issue() -> str:
        settings = load(home)
        parts = joining.parts_of(settings, joining.open_keystore(settings))
        async with parts.opened():
            return await code_for(joining.build_services(parts), number)

    # In a thread: Playwright's event loop runs under the tests that use a browser.
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, issue()).result()
