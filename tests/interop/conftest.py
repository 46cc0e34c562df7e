"""A platform that no code of this project knows: registered as an operator does it."""

from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.by_npm import needs_packages_of
from tests.support.live_demo import LiveDemo

CALLBACK: Final = "https://platform.example/callback"


@pytest.fixture(scope="module")
def registered(demo: LiveDemo) -> dict[str, Any]:
    """Register an ordinary client, with nothing of our own in its metadata."""
    return demo.add_client(client_name="A platform", redirect_uris=[CALLBACK])


BY_NPM: Final = frozenset({"test_checked_node.py", "test_node.py", "test_node_simulator.py"})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs openid-client where npm did not bring it."""
    here = Path(__file__).parent
    for item in items:
        if item.path.parent == here and item.path.name in BY_NPM:
            item.add_marker(needs_packages_of(here / "node"))
