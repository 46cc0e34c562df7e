"""What a client's network IDs are scoped to."""

import pytest

from idp.domain.client import sector_of

HERE = tuple(f"http://{name}/callback" for name in ("localhost", "127.0.0.1", "[::1]"))


@pytest.mark.parametrize("uris", [HERE, HERE[:2], HERE[2:], ("http://localhost:8000/",)])
def test_this_machine_by_any_of_its_names_is_the_clients_own_sector(uris: tuple[str, ...]):
    assert sector_of(client_id="id", platform=None, redirect_uris=uris) == "client:id"


def test_this_machine_and_another_host_are_no_sector():
    uris = (*HERE, "https://shop.example/")
    with pytest.raises(ValueError, match="sector_identifier_uri"):
        sector_of(client_id="id", platform=None, redirect_uris=uris)
    assert sector_of(client_id="id", platform="shop", redirect_uris=uris) == "platform:shop"
