"""The audit log as an auditor reads it."""

from pathlib import Path

import pytest

from idp.domain.audit import Act
from idp.domain.operator import Role, number
from idp.services.audit import PAGE_ENTRIES
from tests.support.operators import Desk
from tests.support.provider import Provider, running
from tests.support.shared_provider import dump


async def test_what_operators_did_is_listed_newest_first_a_page_at_a_time(tmp_path: Path):
    async with running(tmp_path) as own:
        desk = await Desk.join(own, Role.AUDITOR)
        audit = own.services.operations.audit
        for place in range(PAGE_ENTRIES):
            await audit.record(
                own.parts.database,
                Act.SUSPENDED,
                operator_id=desk.operator_id,
                case_id=f"CASE-{place}",
            )
        page = await desk.browser.get("/operator/audit")
        assert page.text.index(f"CASE-{PAGE_ENTRIES - 1}<") < page.text.index("CASE-0<")
        assert number(desk.operator_id) in page.text
        older = page.text.partition("/operator/audit?before=")[2].partition('"')[0]
        rest = await desk.browser.get(f"/operator/audit?before={older}")
        assert "An operator made a passkey" in rest.text
        assert "An operator was added" in rest.text
        assert "audit-older" not in rest.text


@pytest.mark.parametrize("before", ["", "x", "-1", "9" * 30, "%EF%BC%91"])
async def test_a_place_that_makes_no_sense_breaks_nothing(provider: Provider, before: str):
    desk = await Desk.join(provider, Role.AUDITOR)
    assert (await desk.browser.get(f"/operator/audit?before={before}")).status in {200, 400}


async def test_the_log_names_nobody(provider: Provider):
    """Random case ids only: not even the names of the operators."""
    desk = await Desk.join(provider, Role.AUDITOR)
    rows = dump(provider)["provider.audit"]
    assert rows
    assert desk.name not in repr(rows)
    assert {len(row) for row in rows} == {8}
