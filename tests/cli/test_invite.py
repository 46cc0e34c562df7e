import json
from pathlib import Path

import pytest

from tests.cli.conftest import Idp


def test_an_invitation_is_shown_once(home: Path, idp: Idp, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("IDP_REGISTRATION", "token")
    invite = ("clients", "invite", "--home", home, "--platform", "corner-shop")

    made = idp(*invite, "--uses", "3", "--days", "2", "--json")

    assert made.code == 0
    assert len(made.json["initial_access_token"]) == 43
    assert made.json["platform"] == "corner-shop"
    assert (made.json["uses"], made.json["days"]) == (3, 2)
    assert "Shown this once" in idp(*invite).out


def test_an_invitation_needs_registration_and_a_platform(
    home: Path, idp: Idp, monkeypatch: pytest.MonkeyPatch
):
    invite = ("clients", "invite", "--home", home, "--json")

    off = idp(*invite, "--platform", "corner-shop")
    monkeypatch.setenv("IDP_REGISTRATION", "token")
    missing = idp(*invite)
    strange = idp(*invite, "--platform", "Corner Shop")

    assert [one.code for one in (off, missing, strange)] == [1, 4, 4]
    errors = [json.loads(one.err)["error"] for one in (off, missing, strange)]
    assert errors == ["registration_off", "platform_missing", "platform_refused"]


def test_an_invitation_can_be_tried(home: Path, idp: Idp):
    settings = home / "settings.env"
    settings.write_text(settings.read_text() + "IDP_REGISTRATION='token'\n")
    invite = ("clients", "invite", "--home", home, "--dry-run", "--json")
    tried = idp(*invite, "--platform", "shop")
    assert (tried.json["dry_run"], "initial_access_token" in tried.json) == (True, False)
    assert idp(*invite).code == 4
