"""`idp people`: what a shell may ask two operators for, and what it is told."""

import io
import json
import sqlite3
import sys
from pathlib import Path

import pytest

from idp.cli.opening import with_services
from idp.web.site import Services
from tests.cli.conftest import Idp

NETWORK_ID = "BY7Q2-YWSGQ-NFEDC-VVCMN-1XMFN"
FIND = ("people", "find-by-network-id", NETWORK_ID, "--case-number", "AZ 1/26")


def acts(home: Path) -> list[tuple[str, str]]:
    with sqlite3.connect(home / "provider.sqlite3") as connection:
        return connection.execute("SELECT act, via FROM audit ORDER BY position").fetchall()


def test_finding_proposes_and_tells_nothing_of_anybody(home: Path, idp: Idp):
    asked = idp(*FIND, "--home", home, "--json")
    told = asked.json
    assert asked.code == 0, asked.err
    assert (told["act"], told["approvals_needed"], told["approvers"]) == ("unmask", 2, 0)
    assert told["case_id"] == told["proposal_id"]
    assert told["approve_at"] == f"https://id.example/operator/proposals/{told['proposal_id']}"
    assert acts(home) == [("unmask_proposed", "command")]
    shown = idp("people", "show", told["case_id"].lower(), "--home", home, "--json").json
    assert (shown["state"], shown["approvals"], shown["approvals_needed"]) == ("open", 0, 2)
    assert shown["case"] is None, "not before two have approved"
    assert b"BY7Q2" not in (home / "provider.sqlite3").read_bytes()


def test_a_person_reads_where_two_operators_approve(home: Path, idp: Idp):
    told = idp(*FIND, "--home", home).out
    assert "Nothing has been done. Two operators must approve it" in told
    assert "https://id.example/operator/proposals/" in told
    assert "idp operators add --role support" in told


def test_a_network_id_need_not_stand_in_the_history_of_the_shell(
    home: Path, idp: Idp, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{NETWORK_ID.lower()}\n"))
    asked = ("people", "find-by-network-id", "-", "--case-number", "AZ 1/26", "--home", home)
    assert idp(*asked).code == 0
    assert len(acts(home)) == 1


def test_a_dry_run_proposes_nothing(home: Path, idp: Idp):
    tried = idp(*FIND, "--home", home, "--dry-run", "--json")
    assert (tried.code, tried.json["dry_run"], tried.json["case_id"]) == (0, True, None)
    assert acts(home) == []


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        (("find-by-network-id", "BY7Q2", "--case-number", "1"), 4, "network_id_refused"),
        (("find-by-network-id", NETWORK_ID), 2, "option_missing"),
        (("find-by-network-id", NETWORK_ID, "--case-number", " "), 4, "wording_refused"),
        (("suspend", "AAAA-AAAA-AAAA", "--reason", "x"), 2, "option_missing"),
        (("suspend", "AAAA-AAAA-AAAA", "--authority", "x"), 2, "option_missing"),
        (("suspend", "AAAA-AAAA-AAAA", "--reason", "x", "--authority", "y"), 1, "case_unknown"),
        (("suspend", "\0", "--reason", "x", "--authority", "y"), 1, "case_unknown"),
        (
            ("suspend", "AAAA-AAAA-AAAA", "--reason", "x", "--authority", "\u202e"),
            4,
            "wording_refused",
        ),
        (("unsuspend", "AAAA-AAAA-AAAA", "--reason", "x"), 1, "case_unknown"),
        (("unsuspend", "AAAA-AAAA-AAAA", "--reason", "x" * 501), 4, "wording_refused"),
        (("show", "AAAA-AAAA-AAAA"), 1, "case_unknown"),
    ],
)
def test_what_cannot_be_is_refused_by_name(
    home: Path, idp: Idp, arguments: tuple[str, ...], code: int, error: str
):
    refused = idp("people", *arguments, "--home", home, "--json")
    assert (refused.code, json.loads(refused.err)["error"]) == (code, error)
    assert acts(home) == []


def test_nothing_is_proposed_in_what_nobody_has_approved(home: Path, idp: Idp):
    case_id = idp(*FIND, "--home", home, "--json").json["case_id"]
    asked = ("people", "suspend", case_id, "--authority", "A court", "--reason", "An order")
    refused = idp(*asked, "--home", home, "--json")
    assert json.loads(refused.err)["error"] == "case_unknown"


def test_no_command_approves(idp: Idp):
    """Two approvals typed into one shell would be one person's."""
    told = idp("people", "--help").out
    assert "Two operators must approve" in " ".join(told.split())
    for word in ("│ approve", "│ decline"):
        assert word not in told


def test_the_case_is_shown_once_two_have_approved(home: Path, idp: Idp):
    case_id = idp(*FIND, "--home", home, "--json").json["case_id"]
    asked = ("people", "show", case_id, "--home", home)
    approve(idp, home, case_id)
    shown = idp(*asked, "--json").json
    assert (shown["state"], shown["approvals"]) == ("approved", 2)
    assert shown["case"] == {"case_id": case_id, "state": "nobody"}
    assert "there is no account" in idp(*asked).out
    words = ("--authority", "A court", "--reason", "An order", "--home", home, "--json")
    refused = json.loads(idp("people", "suspend", case_id, *words).err)
    assert refused["error"] == "not_possible"
    assert "nobody" in refused["message"]


def approve(idp: Idp, home: Path, proposal_id: str) -> None:
    """Let two operators approve, as their pages do after the passkey."""
    ids = [
        idp("operators", "add", "--name", name, "--role", "support", "--home", home, "--json").json
        for name in ("One", "Two")
    ]
    one, other = [bytes.fromhex(added["operator_id"]) for added in ids]
    with sqlite3.connect(home / "provider.sqlite3") as connection:
        connection.execute("UPDATE operators SET status = 'active'")

    async def approving(asked: Services) -> None:
        await asked.operations.proposals.take_on(proposal_id, one)
        await asked.operations.proposals.approve(proposal_id, other)

    with_services(home, approving)
