"""The programs in docs/transparency.md do what they say: with our answers, without our code."""

import json
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import pytest_asyncio
from cryptography.exceptions import InvalidSignature

from idp.domain.audit import Act
from idp.domain.clock import SECONDS_PER_DAY
from tests.support.audit_log import execute
from tests.support.provider import Provider, running

PAGE = Path(__file__).parents[2] / "docs" / "transparency.md"
CHECK_LOG, CHECK_EXPORT = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)


@pytest.fixture
def check_log(monkeypatch: pytest.MonkeyPatch) -> Any:
    module = ModuleType("check_log")
    exec(compile(CHECK_LOG, "check_log.py", "exec"), module.__dict__)  # noqa: S102 - our own page
    monkeypatch.setitem(sys.modules, "check_log", module)
    return module


@pytest_asyncio.fixture
async def provider(tmp_path: Path) -> AsyncIterator[Provider]:
    """A log over two months, with a head for 3, for 6 and for 8 entries."""
    async with running(tmp_path) as own:
        record = own.services.operations.audit.record
        for times, days in ((3, 1), (2, 31), (2, 1)):
            for number in range(times):
                await record(own.parts.database, Act.SUSPENDED, case_id=f"CASE-{number}")
            own.clock.advance(days * SECONDS_PER_DAY)
            await own.services.operations.tree_heads.make()
        yield own


async def answers(provider: Provider) -> dict[str, str]:
    """Return everything that the first program asks for."""
    browser, found = provider.browser(), dict[str, str]()

    async def ask(path: str) -> str:
        found[path] = (await browser.get(path)).text
        return found[path]

    heads = json.loads(await ask("/transparency/heads.json"))["heads"]
    new = heads[0]["size"]
    await ask("/transparency/checkpoint")
    for head in heads:
        await ask(f"/transparency/consistency/{head['size']}-{new}")
    for month in json.loads(await ask("/transparency/months.json"))["months"]:
        await ask(f"/transparency/inclusion/{month['index']}-{new}")
    return found


async def test_a_whole_log_is_found_whole_and_the_months_are_told(
    provider: Provider, check_log: Any, capsys: pytest.CaptureFixture[str]
):
    found = await answers(provider)
    kept = json.loads(found["/transparency/heads.json"])
    assert len(kept["heads"]) > 2
    assert check_log.check(found.__getitem__, kept) == kept["heads"][0]["size"]
    assert "2026-01 " in capsys.readouterr().out


@pytest.mark.parametrize("lie", ["root", "proof", "count", "signature"])
async def test_a_lie_is_found(provider: Provider, check_log: Any, lie: str):
    found = await answers(provider)
    kept = json.loads(found["/transparency/heads.json"])
    new, old = kept["heads"][0]["size"], kept["heads"][-1]["size"]
    proof, months = f"/transparency/consistency/{old}-{new}", "/transparency/months.json"
    if lie == "root":
        kept["heads"][-1]["note"] = kept["heads"][1]["note"]
        found[f"/transparency/consistency/{kept['heads'][1]['size']}-{new}"] = found[proof]
    elif lie == "proof":
        found[proof] = json.dumps(json.loads(found[proof]) | {"proof": []})
    elif lie == "count":
        found[months] = found[months].replace('"suspended":5', '"suspended":4')
    else:
        note = found["/transparency/checkpoint"]
        found["/transparency/checkpoint"] = note.replace(f"\n{new}\n", f"\n{new + 1}\n")
    with pytest.raises((AssertionError, InvalidSignature, IndexError)):
        check_log.check(found.__getitem__, kept)


async def test_a_log_that_was_cut_off_is_found(provider: Provider, check_log: Any):
    found = await answers(provider)
    kept = json.loads(found["/transparency/heads.json"])
    old = kept["heads"][1]["note"]
    with pytest.raises(AssertionError, match="cut off"):
        check_log.check((found | {"/transparency/checkpoint": old}).__getitem__, kept)


@pytest.mark.parametrize("change", ["", "'CASE-0'", "'CASE-9'"])
async def test_an_export_is_checked_offline(
    provider: Provider, check_log: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
):
    if change:
        url = provider.parts.settings.database_url
        execute(url, f"UPDATE audit SET case_id = {change} WHERE position = 1")  # noqa: S608
    file = tmp_path / "log.jsonl"
    lines = [line async for line in provider.services.operations.audit_export.lines()]
    file.write_text("\n".join(lines) + "\n")
    monkeypatch.setattr(sys, "argv", ["check_export.py", str(file)])
    check = compile(CHECK_EXPORT, "check_export.py", "exec")
    if change:
        with pytest.raises(AssertionError, match="an entry before 3 was changed"):
            exec(check, {})  # noqa: S102
    else:
        exec(check, {})  # noqa: S102
