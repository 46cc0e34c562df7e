"""A platform of another language tests itself with the simulator, over HTTP."""

import httpx2
import pytest
from network_id_simulator import FAULTS, serving

from tests.interop.test_node import CALLBACK, platform

# What openid-client says of each.
SAID = {
    "nonce": 'unexpected ID Token "nonce" claim value',
    "response-iss": 'unexpected "iss"',
    "signature": "JWT signature verification failed",
}


@pytest.mark.parametrize("fault", SAID)
async def test_openid_client_refuses_a_fault(fault: str):
    given = {"client_id": "node", "client_secret": "any", "redirect_uri": CALLBACK}
    with serving() as simulator:
        async with httpx2.AsyncClient(trust_env=False) as http, platform() as process:
            told = {"persona": "adult", "faults": {fault: 1}}
            await http.patch(f"{simulator.issuer}/config", json=told)
            asked = await process.hear(
                **given, issuer=simulator.issuer, scope="openid offline_access"
            )
            back = (await http.get(asked["url"])).headers["location"]
            with pytest.raises(AssertionError, match=SAID[fault]):
                await process.hear(url=back)
        assert simulator.switches.delivered(fault) == 1
        assert FAULTS[fault].must == "refuse"
