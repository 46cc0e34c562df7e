"""The published description is true: whatever fits it, or does not, is answered as it says."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest_asyncio
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from idp.protocol import openapi
from idp.protocol.openapi_operations import OPERATIONS
from idp.web.programs import PROGRAMS
from tests.fuzz.checks import CHECKS_MADE
from tests.support.provider import ISSUER, Provider, running

EXAMPLES = 12


def is_there(path: str) -> bool:
    return path.partition("{")[0] in PROGRAMS


@pytest_asyncio.fixture
async def provider(tmp_path: Path) -> AsyncIterator[Provider]:
    async with running(tmp_path, registration="open") as started:
        yield started


async def described(provider: Provider) -> dict[str, object]:
    answer = await provider.browser().get("/openapi.json")
    found: dict[str, object] = answer.json()
    return found


async def test_every_endpoint_for_programs_is_described_and_no_other(provider: Provider):
    every = provider.app._routes  # type: ignore[attr-defined]
    routes = {r.path for r in every if not r.path.endswith("{below}")}  # those answer preflights
    programs = {path for path in PROGRAMS if not path.endswith("/")} & routes
    programs |= {path for path in routes if f"{path.rpartition('/')[0]}/" in PROGRAMS}
    paths = (await described(provider))["paths"]
    assert isinstance(paths, dict)
    assert paths.keys() == programs


DESCRIBED = openapi.document(ISSUER, {o.path for o in OPERATIONS if is_there(o.path)})
FOUND: list[Any] = list(schemathesis.openapi.from_dict(DESCRIBED).get_all_operations())
CASES = [operation.ok().as_strategy(mode) for operation in FOUND for mode in GenerationMode]


@settings(
    max_examples=EXAMPLES * len(CASES),
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(case=st.one_of(CASES))
async def test_whatever_is_sent_is_answered_as_described(provider: Provider, case: Any):
    made = requests.Request(**case.as_transport_kwargs(base_url=ISSUER)).prepare()
    body: Any = made.body or b""
    headers: Any = made.headers
    request = httpx2.Request(str(made.method), str(made.url), headers=headers, content=body)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(provider.app)) as client:
        response = await client.send(request)
    case.validate_response(response, checks=CHECKS_MADE)
