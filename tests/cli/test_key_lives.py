"""`idp keys`: a key is made and waits its time."""

from pathlib import Path

from idp.domain.signing_key import ALGORITHMS
from tests.cli.conftest import Idp


def test_a_staged_key_is_published_and_may_not_sign_yet(home: Path, idp: Idp):
    staged = idp("keys", "stage", "--alg", "ES256", "--home", home, "--json")
    listed = idp("keys", "list", "--home", home, "--json")
    early = idp("keys", "activate", staged.json["kid"], "--home", home)

    assert staged.code == 0, staged.err
    assert (staged.json["alg"], staged.json["state"]) == ("ES256", "published")
    states = {(key["alg"], key["state"]) for key in listed.json}
    active = {(alg, "active") for alg in ALGORITHMS}
    assert states == active | {("ES256", "published")}
    assert early.code == 1
    assert "key_step_too_early" in early.err
    assert list((home / "keys").glob(f"signing-ES256-{staged.json['kid']}.json"))


def test_wrong_steps_are_refused_by_name(home: Path, idp: Idp):
    listed = idp("keys", "list", "--home", home, "--json").json
    for command in (
        ("activate", listed[0]["kid"]),
        ("remove", listed[0]["kid"]),
        ("activate", "nobody"),
        ("stage", "--alg", "HS256"),
    ):
        refused = idp("keys", *command, "--home", home)
        assert refused.code != 0
        assert "key_step_refused" in refused.err
