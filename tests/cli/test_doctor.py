"""`idp doctor` looks at what there really is: files, databases, settings."""

import sqlite3
from pathlib import Path
from typing import Any

from tests.cli.conftest import Idp


def findings(idp: Idp, home: Path) -> dict[str, Any]:
    """The worst finding of each check."""
    looked = idp("doctor", "--home", home, "--json")
    order = ("ok", "warn", "fail")
    worst: dict[str, Any] = {}
    for one in looked.json:
        if one["check"] not in worst or order.index(one["level"]) > order.index(
            worst[one["check"]]["level"]
        ):
            worst[one["check"]] = one
    assert looked.code == (1 if any(one["level"] == "fail" for one in looked.json) else 0)
    return worst


def test_a_new_instance_is_well_inside_and_not_reached_from_outside(home: Path, idp: Idp):
    found = findings(idp, home)

    failed = {name: one["text"] for name, one in found.items() if one["level"] == "fail"}
    assert failed.keys() == {"issuer"}
    assert found["servers"]["command"] == f"idp serve --home {home}"
    assert (found["backup"]["level"], found["operators"]["level"]) == ("warn", "warn")
    shown = idp("doctor", "--home", home)
    assert f"idp serve --home {home}\n" in shown.out, "commands are copied whole"
    assert shown.out.strip().endswith("ok")


def test_what_is_wrong_on_disk_is_found(home: Path, idp: Idp):
    (home / "provider.sqlite3").chmod(0o644)
    (home / "keys").chmod(0o755)
    (home / "enrolment.sqlite3").unlink()
    settings = home / "settings.env"
    settings.write_text(
        settings.read_text(encoding="utf-8")
        + "IDP_SMTP_URL='smtps://mail:changeme@mail.example'\nIDP_MAIL_FROM='id@id.example'\n",
        encoding="utf-8",
    )

    found = findings(idp, home)

    assert found["permissions"]["command"] == f"chmod 700 '{home / 'keys'}'"
    assert found["keys"]["level"] == "fail"
    assert "changeme" not in str(found)
    assert "IDP_SMTP_URL" in found["samples"]["text"]
    assert found["schema"]["command"].endswith(f"idp migrate up --home {home}")


def test_a_database_of_before_and_an_entry_that_is_gone_are_found(home: Path, idp: Idp):
    idp("operators", "add", "--name", "Front desk", "--role", "auditor", "--home", home)
    provider = sqlite3.connect(home / "provider.sqlite3")
    provider.execute("UPDATE instance SET restoring = 1")
    provider.execute("DELETE FROM audit WHERE position = 0")
    provider.commit()
    provider.close()

    found = findings(idp, home)
    assert found["memory"]["command"] == f"idp restore --home {home} FILE"
    assert found["audit"]["command"] == f"idp audit verify --home {home}"
