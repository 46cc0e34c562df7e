"""`idp prune`: what a server does every minute, once, with counts."""

import sqlite3
from pathlib import Path

from tests.cli.conftest import Idp


def test_a_trial_counts_and_changes_nothing_and_then_it_goes(home: Path, idp: Idp):
    provider = sqlite3.connect(home / "provider.sqlite3")
    provider.execute("INSERT INTO replays VALUES (x'01', 1), (x'02', 9999999999)")
    provider.commit()

    tried = idp("prune", "--dry-run", "--home", home, "--json")
    assert provider.execute("SELECT count(*) FROM replays").fetchone() == (2,)
    done = idp("prune", "--home", home, "--json")
    again = idp("prune", "--home", home)

    assert (tried.json["replays"], done.json["replays"]) == (1, 1)
    assert tried.json.keys() == done.json.keys()
    assert provider.execute("SELECT digest FROM replays").fetchall() == [(b"\x02",)]
    assert "Nothing has expired" in again.out
    provider.close()
