"""A platform that no code of this project knows: registered as an operator does it."""

from typing import Any, Final

import pytest

from tests.support.live_demo import LiveDemo

CALLBACK: Final = "https://platform.example/callback"


@pytest.fixture(scope="module")
def registered(demo: LiveDemo) -> dict[str, Any]:
    """Register an ordinary client, with nothing of our own in its metadata."""
    return demo.add_client(client_name="A platform", redirect_uris=[CALLBACK])
