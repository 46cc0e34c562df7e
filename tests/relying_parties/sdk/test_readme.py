"""The README: its examples run as they stand there, and its table of errors is the errors' own."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flask
import httpx2
import network_id
import pytest
from network_id import Ask, Options

from tests.support import sdk_errors
from tests.support.simulated_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    NETWORK_ID,
    SimulatedProvider,
    serving,
)

TEXT = sdk_errors.README.read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
CALLBACK = "http://localhost:8000/callback"


def example(start: str) -> str:
    (found,) = (block for block in BLOCKS if block.startswith(start))
    return str(found)


@pytest.fixture
def given() -> Iterator[dict[str, Any]]:
    """What the examples take from a platform's own settings."""
    provider = SimulatedProvider(lambda: int(time.time()), ages={"age_over_18": True})
    with serving(provider.app) as url:
        provider.issuer = url
        yield {
            "__name__": "example",
            "ISSUER": url,
            "CLIENT_ID": CLIENT_ID,
            "CLIENT_SECRET": CLIENT_SECRET,
            "REDIRECT_URI": CALLBACK,
            "SESSION_SECRET": "a secret of the session for this test alone",
        }


async def test_the_asynchronous_example_signs_a_person_in(given: dict[str, Any]) -> None:
    exec(example("from network_id import discover_later"), given)  # noqa: S102  # our own page
    transport = httpx2.ASGITransport(app=given["app"])
    async with (
        given["platform"],
        httpx2.AsyncClient(transport=transport, base_url="http://localhost:8000") as browser,
    ):
        away = (await browser.get("/login")).headers["location"]
        back = httpx2.get(away, trust_env=False).headers["location"]
        assert (await browser.get(back)).headers["location"] == "/"
        with pytest.raises(network_id.NoSignInPendingError):  # it works once
            await browser.get(back)


def test_the_synchronous_example_signs_a_person_in(given: dict[str, Any]) -> None:
    exec(example("from flask import Flask"), given)  # noqa: S102  # our own page
    with given["platform"], given["app"].test_client() as browser:
        away = browser.get("/login").headers["location"]
        back = httpx2.get(away, trust_env=False).headers["location"]
        assert browser.get(back).headers["location"] == "/"
        assert flask.session["person"] == NETWORK_ID


def test_the_table_of_errors_is_what_the_errors_say() -> None:
    assert sdk_errors.main(["--check"]) == 0, "run: python -m tests.support.sdk_errors"


def test_every_error_of_the_sdk_can_be_imported_and_stands_in_the_readme() -> None:
    in_table = set(re.findall(r"(?m)^\| `(\w+Error)` \|", TEXT))
    base = {"SignInError", "InvalidNetworkIdError"}
    assert in_table == sdk_errors.named() - base
    assert all(name in TEXT for name in base)


def test_every_option_and_everything_that_may_be_asked_stands_in_the_readme() -> None:
    for name in [*Options.__dataclass_fields__, *Ask.__annotations__]:
        assert re.search(rf"(?m)^\|[^|]*`(\w+`, `)*{name}\b", TEXT), name


def test_no_link_of_the_readme_leads_out_of_its_folder() -> None:
    links = re.findall(r"\]\(([^)]*)\)", TEXT)
    inside = [one for one in links if one.startswith("#")]
    folder = Path(sdk_errors.README).parent
    assert [one for one in links if one not in inside and not (folder / one).exists()] == []
