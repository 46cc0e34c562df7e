"""The file of other providers: what cannot work is refused at start, and named."""

import json
from pathlib import Path
from typing import Any

import pytest

from idp.app.upstreams import read_upstreams
from idp.settings import Settings, SettingsRefused
from tests.support.live_eid import FLAT, VERIFIED_CLAIMS, write_settings

ORDINARY: dict[str, Any] = {
    "id": "city",
    "name": "City eID",
    "issuer": "https://eid.example",
    "client_id": "network-id",
    "claims": VERIFIED_CLAIMS,
}


def settings(folder: Path, file: Path | None, **changes: Any) -> Settings:
    return Settings(
        home=folder,
        database_url="sqlite:///a.db",
        enrolment_database_url="sqlite:///b.db",
        upstreams_file=file,
        **{"issuer": "https://id.example"} | changes,
    )


def refusal(folder: Path, *entries: dict[str, Any], **changes: Any) -> str:
    with pytest.raises(SettingsRefused) as refused:
        read_upstreams(settings(folder, write_settings(folder, *entries), **changes))
    assert str(refused.value).startswith("IDP_UPSTREAMS_FILE: ")
    return str(refused.value)


def test_without_a_file_there_are_none(tmp_path: Path):
    assert read_upstreams(settings(tmp_path, None)) == []


def test_several_can_be_named(tmp_path: Path):
    other = ORDINARY | {"id": "flat", "issuer": "https://other.example", "claims": FLAT}
    found = read_upstreams(settings(tmp_path, write_settings(tmp_path, ORDINARY, other)))
    assert [one.id for one in found] == ["city", "flat"]
    assert found[0].all_hosts == {"eid.example"}
    assert found[0].name_in("zh-Hans") == "City eID"


@pytest.mark.parametrize("missing", [*ORDINARY])
def test_half_an_entry_is_refused(tmp_path: Path, missing: str):
    given = {name: value for name, value in ORDINARY.items() if name != missing}
    assert missing in refusal(tmp_path, given)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"issuer": "http://eid.example"}, "https"),
        ({"issuer": "https://eid.example?a=b"}, "query"),
        ({"issuer": "http://127.0.0.1:8000"}, "https issuers only"),
        ({"id": "City"}, "id"),
        ({"id": "city\n"}, "id"),
        ({"scope": "profile"}, "scope"),
        ({"id_token_alg": "HS256"}, "id_token_alg"),
        ({"id_token_alg": "none"}, "id_token_alg"),
        ({"client_secret": "secret"}, "client_secret"),
        ({"lowest_level": "excellent"}, "lowest_level"),
        ({"claims": VERIFIED_CLAIMS | {"levels": {"low": "low"}}}, "lowest_level"),
        ({"claims": VERIFIED_CLAIMS | {"kind": "other"}}, "kind"),
        ({"claims": VERIFIED_CLAIMS | {"documents": {"passport": "passport"}}}, "IDP_DOCUMENTS"),
        ({"claims": FLAT | {"document": "library_card"}}, "document"),
    ],
)
def test_what_cannot_work_is_refused_and_named(tmp_path: Path, changes: dict[str, Any], told: str):
    assert told in refusal(tmp_path, ORDINARY | changes)


def test_a_passport_is_taken_where_the_instance_knows_people_by_it(tmp_path: Path):
    claims = VERIFIED_CLAIMS | {"documents": {"passport": "passport"}}
    file = write_settings(tmp_path, ORDINARY | {"claims": claims})
    assert read_upstreams(settings(tmp_path, file, documents="national_id passport"))


def test_two_of_one_name_or_one_issuer_are_refused(tmp_path: Path):
    assert "same id" in refusal(tmp_path, ORDINARY, ORDINARY)
    assert "same issuer" in refusal(tmp_path, ORDINARY, ORDINARY | {"id": "other"})


@pytest.mark.parametrize("text", ["", "{}", "nonsense", json.dumps([1])])
def test_a_file_that_is_no_list_is_refused(tmp_path: Path, text: str):
    file = tmp_path / "upstreams.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsRefused, match="IDP_UPSTREAMS_FILE"):
        read_upstreams(settings(tmp_path, file))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(SettingsRefused, match="No such file"):
        read_upstreams(settings(tmp_path, tmp_path / "nothing.json"))
