"""The pytest plugin: one simulator for a whole run of tests, as new for each of them.

    def test_a_person_signs_in(network_id_provider, client):
        network_id_provider.login("adult")
        answer = client.get("/login")
        callback = network_id_provider.browse(answer.headers["location"])
        assert client.get(callback).status_code == 303

It is on as soon as the distribution is installed, and starts when a test asks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from network_id_simulator.handle import Provider


LOOPBACK: Final = "127.0.0.1"
_OWN_WORD: Final = ("allow_hosts", "disable_socket", "enable_socket")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where pytest-socket closes all sockets, leave loopback open to tests that need it for this.

    A test that says something about sockets itself is left alone.
    """
    if not config.getoption("--disable-socket", default=False):
        return
    given = str(config.getoption("--allow-hosts", default="") or "")
    hosts = [host.strip() for host in given.split(",") if host.strip()]
    for item in items:
        says = any(item.get_closest_marker(name) for name in _OWN_WORD)
        if "network_id_provider" in getattr(item, "fixturenames", ()) and not says:
            item.add_marker(pytest.mark.allow_hosts([LOOPBACK, *hosts]))


@pytest.fixture(scope="session")
def network_id_simulator_server() -> Iterator[Provider]:
    """Serve a simulator on a free port of loopback, in a thread, for the whole run."""
    # Imported here: a run of tests that never asks for it does not wait for a web server.
    from network_id_simulator.handle import Provider  # noqa: PLC0415
    from network_id_simulator.serving import serving  # noqa: PLC0415

    with serving() as simulator:
        yield Provider(simulator)


@pytest.fixture
def network_id_provider(network_id_simulator_server: Provider) -> Iterator[Provider]:
    """Give a test a network ID provider of which nothing is set and nothing has been asked."""
    network_id_simulator_server.reset()
    yield network_id_simulator_server
    network_id_simulator_server.reset()
