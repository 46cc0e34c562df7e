"""What breaks on our side: an honest answer with a request id, and never a stack trace."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from tests.support.logins import Platform
from tests.support.provider import Provider, running


async def without_its_tables(provider: Provider) -> None:
    """What a database looks like that cannot answer: every statement fails."""
    async with provider.parts.database.transaction() as transaction:
        transaction._driver.execute("DROP TABLE grants")  # type: ignore[attr-defined]
        transaction._driver.execute("DROP TABLE sessions")  # type: ignore[attr-defined]


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, logger="idp")
    return caplog


def lines(log: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [json.loads(record.message) for record in log.records if record.name == "idp"]


@pytest.mark.spec("RFC 9110 §15.6.4")
async def test_a_database_that_cannot_answer_is_a_503_to_come_back_from(
    tmp_path: Path, log: pytest.LogCaptureFixture
):
    async with running(tmp_path) as provider:
        platform = await Platform.register(provider)
        browser = provider.browser()
        await provider.sign_in(browser)
        await without_its_tables(provider)

        page = await browser.get(platform.address())
        assert (page.status, page.error_code()) == (503, "unavailable")
        assert page.headers["retry-after"] == "5"
        assert page.headers["x-request-id"] in page.text
        assert "no such table" not in page.text

        answer = await platform.redeem("a code")
        assert (answer.status, answer.json()["error"]) == (503, "temporarily_unavailable")
        assert answer.json()["request_id"] == answer.headers["x-request-id"]
        assert "Traceback" not in answer.text

    told = lines(log)[-1]
    assert (told["status"], told["error"], told["cause"]) == (503, "Unavailable", "unavailable")


class Broken(Exception):
    """A mistake of ours."""


async def test_a_mistake_of_ours_is_a_500_with_a_request_id_and_no_trace(
    tmp_path: Path, log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    async def break_down() -> None:
        raise Broken("secret detail")

    async with running(tmp_path) as provider:
        monkeypatch.setattr(provider.services.readiness, "check", break_down)
        page = await provider.browser().get("/healthz/ready")
        assert (page.status, page.error_code()) == (500, "server_error")
        assert page.headers["x-request-id"] in page.text
        assert "secret detail" not in page.text
        assert "Traceback" not in page.text
        assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert lines(log)[-1]["error"] == "Broken"
    assert "secret detail" not in log.text


async def test_readiness_tells_whether_the_databases_answer(tmp_path: Path):
    async with running(tmp_path) as provider:
        browser = provider.browser()
        assert (await browser.get("/healthz/live")).json() == {"status": "live"}
        assert (await browser.get("/healthz/ready")).json() == {"status": "ready"}
        provider.parts.enrolment_store._writer.close()  # type: ignore[attr-defined]
        assert (await browser.get("/healthz/ready")).status >= 500
        assert (await browser.get("/healthz/live")).status == 200
