"""A platform that no code of this project knows: registered as an operator does it."""

from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.live_demo import LiveDemo

CALLBACK: Final = "https://platform.example/callback"


@pytest.fixture(scope="module")
def registered(demo: LiveDemo) -> dict[str, Any]:
    """Register an ordinary client, with nothing of our own in its metadata."""
    return demo.add_client(client_name="A platform", redirect_uris=[CALLBACK])


# openid-client comes by npm: where that is not to be had, `make` says so and goes on without it.
collect_ignore = (
    []
    if (Path(__file__).parent / "node" / "node_modules").exists()
    else ["test_checked_node.py", "test_node.py", "test_node_simulator.py"]
)
