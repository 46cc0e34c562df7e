"""What the SDK's README shows of the integrations: it runs as it stands there."""

import re
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

README = Path(__file__).parents[3] / "relying_parties/sdk/README.md"
SECTION = README.read_text(encoding="utf-8").partition("\n## Frameworks\n")[2].partition("\n## ")[0]


def block(that_has: str) -> str:
    blocks = re.findall(r"```python\n(.*?)```", SECTION, re.DOTALL)
    (found,) = [one for one in blocks if that_has in one]
    return str(found)


def run(code: str) -> dict[str, Any]:
    """Run a block as a module of its own; return its names."""
    names: dict[str, Any] = {}
    exec(compile(code, str(README), "exec"), names)  # noqa: S102 - the README's own words
    return names


def test_the_app_of_the_readme_starts_and_keeps_its_doors(monkeypatch: pytest.MonkeyPatch):
    for name, value in {
        "NETWORK_ID_ISSUER": "https://id.example",
        "NETWORK_ID_CLIENT_ID": "shop",
        "NETWORK_ID_CLIENT_SECRET": "as registered",
    }.items():
        monkeypatch.setenv(name, value)
    names = run(block("NetworkID.from_environment()\nnetwork_id.install"))
    with TestClient(names["app"], follow_redirects=False) as at:
        assert at.get("/").json() == "Hello, guest"
        assert at.get("/members").headers["location"] == "/login?next=%2Fmembers"
        assert at.get("/cellar").headers["location"] == "/login?next=%2Fcellar&age=18"


def test_the_store_of_the_readme_keeps_what_a_store_promises():
    class Redis(dict[str, bytes]):
        """As much of Redis as is asked for: it answers in bytes."""

        def set(self, name: str, value: int, *, ex: int) -> None:
            assert ex > 0
            self[name] = str(value).encode()

        def mget(self, names: list[str]) -> list[bytes | None]:
            return [self.get(name) for name in names]

    names = run(block("class EndedInRedis"))
    store = names["EndedInRedis"](Redis())
    store.end(["a", "b"], 100, 600)
    store.end(["b"], 200, 600)
    assert (store.last_end(["a", "b", "c"]), store.last_end(["c"])) == (200, None)


def test_every_choice_stands_in_the_readme():
    from network_id.integrations.core.base import Choices  # noqa: PLC0415 - read for its names

    told = {"url", "session_secret", *re.findall(r"^\| `(\w+)[=(]", SECTION, re.MULTILINE)}
    assert set(Choices.__annotations__) <= told
