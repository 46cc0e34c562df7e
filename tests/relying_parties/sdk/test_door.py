"""The one way out: the limits that a platform chose are the limits, no others."""

from typing import Any

import httpx2

from tests.support.simulated_journey import Journey


async def test_no_shorter_limit_of_the_library_cuts_an_answer_off(journey: Journey) -> None:
    inner = journey.provider.transport()
    limits: list[Any] = []

    class Noting(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            limits.extend(request.extensions["timeout"].values())
            return await inner.handle_async_request(request)

    platform = await journey.platform(seconds=60.0, transport=Noting())
    await journey.sign_in(platform)
    assert limits
    assert set(limits) == {None}  # the door's alone, which bounds a whole exchange
