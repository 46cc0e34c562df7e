"""What everybody may see of the audit log, for people and for programs."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from idp.domain import merkle
from idp.domain.audit import Act
from idp.domain.clock import SECONDS_PER_DAY
from idp.protocol import tree_head
from tests.support.provider import Provider, running

SOON, FOR_EVER = "public, max-age=300", "public, max-age=31536000, immutable"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def log(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Provider]:
    """Two heads, and January counted; nobody changes anything."""
    async with running(tmp_path_factory.mktemp("log")) as own:
        record = own.services.operations.audit.record
        for case in ("ONE", "TWO"):
            await record(own.parts.database, Act.SUSPENDED, case_id=case)
        await own.services.operations.tree_heads.make()
        own.clock.advance(31 * SECONDS_PER_DAY)
        await own.services.operations.tree_heads.make()
        await record(own.parts.database, Act.LIFTED, case_id="ONE")
        yield own


def unbase64(steps: list[str]) -> list[bytes]:
    return [base64.b64decode(step) for step in steps]


pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_page_shows_months_head_and_key_and_no_month_that_is_not_over(log: Provider):
    page = await log.browser().get("/transparency")
    assert page.status == 200
    assert page.text.count("<tr>") == 2  # the head of the table, and January
    assert '<td class="number">2</td>' in page.text
    assert "2026-02</time></th>" not in page.text
    newest = await log.services.operations.tree_heads.newest()
    assert newest is not None
    assert newest.note.splitlines()[2] in page.text
    assert "CASE" not in page.text


async def test_before_anything_happened_the_page_says_so(tmp_path: Path):
    async with running(tmp_path) as own:
        page = await own.browser().get("/transparency")
        assert (page.status, "no-month" in page.text, "no-head" in page.text) == (200, True, True)
        missing = await own.browser().get("/transparency/checkpoint")
        assert (missing.status, missing.json()["error_code"]) == (404, "not_found")
        listed = await own.browser().get("/transparency/heads.json")
        assert listed.json()["heads"] == []


@pytest.mark.spec("RFC 9162 §2.1.4.2")
@pytest.mark.spec("RFC 9162 §2.1.3.2")
async def test_anybody_can_check_heads_and_counts(log: Provider):
    """With what is public alone, and without the code that made it."""
    browser = log.browser()
    listed = (await browser.get("/transparency/heads.json")).json()
    keys = [tree_head.read_verifier_key(key) for key in listed["keys"]]
    new, old = (tree_head.read(one["note"], keys) for one in listed["heads"])
    assert [(one["size"], one["at"]) for one in listed["heads"]] == [
        (new.size, new.at),
        (old.size, old.at),
    ]
    assert listed["older"] is None
    path = f"/transparency/consistency/{old.size}-{new.size}"
    proof = unbase64((await browser.get(path)).json()["proof"])
    assert merkle.is_consistent(old.size, new.size, proof, old.root, new.root)
    [month] = (await browser.get("/transparency/months.json")).json()["months"]
    assert (month["month"], month["counts"]["suspended"]) == ("2026-01", 2)
    path = f"/transparency/inclusion/{month['index']}-{new.size}"
    told = (await browser.get(path)).json()
    leaf = merkle.leaf_hash(month["entry"].encode())
    assert base64.b64decode(told["leaf_hash"]) == leaf
    assert merkle.includes(leaf, month["index"], new.size, unbase64(told["proof"]), new.root)


async def test_what_never_changes_may_be_kept_for_ever_and_all_is_open_to_scripts(log: Provider):
    browser = log.browser()
    kept = {
        "/transparency/heads.json": SOON,
        "/transparency/checkpoint": SOON,
        "/transparency/months.json": SOON,
        "/transparency/heads/2": FOR_EVER,
        "/transparency/consistency/2-3": FOR_EVER,
        "/transparency/inclusion/0-2": FOR_EVER,
    }
    for path, cache in kept.items():
        answer = await browser.get(path)
        assert (answer.status, answer.headers["cache-control"]) == (200, cache), path
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        *("heads/4", "heads/0", "heads/02", "heads/-1", "heads/x", "heads/99999999999"),
        *("consistency/3-2", "consistency/2-4", "consistency/0-2"),
        *("inclusion/3-3", "inclusion/0-4", "inclusion/%EF%BC%91-2", "heads.json?before=x"),
    ],
)
async def test_what_is_not_published_is_not_found(log: Provider, path: str):
    answer = await log.browser().get(f"/transparency/{path}")
    assert (answer.status, answer.json()["error_code"]) == (404, "not_found")


async def test_nothing_public_tells_of_single_acts(log: Provider):
    """Not which entry is a suspension, nor when in its month it was, nor what came since."""
    browser = log.browser()
    told = ""
    for path in ("heads.json", "checkpoint", "months.json", "inclusion/0-2", "consistency/2-3"):
        told += (await browser.get(f"/transparency/{path}")).text
    told += (await browser.get("/transparency")).text
    entries = await log.services.operations.audit.since(0, most=9)
    acts = [entry for entry in entries if entry.case_id]
    assert len(acts) == 3
    for entry in acts:
        assert entry.case_id not in {None, ""}
        assert f'"{entry.case_id}"' not in told
        assert entry.salt.hex() not in told
    assert merkle.leaf_hash(acts[-1].leaf).hex() not in told
