"""The file of trusted statement issuers: what cannot be is refused at start, and named."""

import json
from pathlib import Path
from typing import Any

import pytest

from idp.app.statements import read_statement_issuers
from idp.settings import Settings, SettingsRefused
from tests.support.jwt import jwks, key

ENTRY: dict[str, Any] = {"issuer": "https://federation.example", "jwks": jwks(key())}


def settings(folder: Path, text: str | None) -> Settings:
    file = folder / "issuers.json"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    return Settings(
        home=folder,
        issuer="https://id.example",
        database_url="sqlite:///a.db",
        enrolment_database_url="sqlite:///b.db",
        registration="token",
        statement_issuers_file=file,
    )


def test_the_keys_of_each_issuer_are_read(tmp_path: Path):
    found = read_statement_issuers(settings(tmp_path, json.dumps([ENTRY])))
    assert found["https://federation.example"].knows(key().kid)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "No such file"),
        ("", "JSON"),
        ("{}", "array"),
        ("[1]", "0"),
        (json.dumps([{"issuer": "a"}]), "jwks"),
        (json.dumps([ENTRY | {"jwks_uri": "https://federation.example/jwks"}]), "jwks_uri"),
        (json.dumps([ENTRY | {"jwks": {"keys": []}}]), "no keys"),
        (json.dumps([ENTRY | {"jwks": {"keys": [{"kty": "oct", "k": "AA"}]}}]), "public"),
        (json.dumps([ENTRY, ENTRY]), "same issuer"),
    ],
)
def test_what_cannot_be_is_refused_and_named(tmp_path: Path, text: str | None, told: str):
    with pytest.raises(SettingsRefused, match="IDP_STATEMENT_ISSUERS_FILE") as refused:
        read_statement_issuers(settings(tmp_path, text))
    assert told in str(refused.value)
