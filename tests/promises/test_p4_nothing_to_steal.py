"""P4: there is no password and no biometric to steal."""

import re
import sqlite3
from pathlib import Path

import pytest

from idp.storage import tables
from tests.support.browser_like import Browser
from tests.support.passkeys import begin_enrolment, enrol
from tests.support.provider import Provider, running

FORBIDDEN = re.compile(
    r"pass(word|phrase|code|wd)|\bpin\b|_pin|secret(?!_digest)|biometric|face|finger|photo|iris|"
    r"voice|template|otp|totp|question|answer|salt|hash",
    re.IGNORECASE,
)
# What the search finds and is no person's: of the operators' log, of clients, of our own keys.
NOBODYS = {
    *("audit.salt", "audit_nodes.hash", "clients.old_secret_until"),
    *("secret_versions.domain", "secret_versions.version", "secret_versions.state"),
    *("secret_versions.made_at", "secret_versions.activated_at"),
}
PASSKEY_COLUMNS = {
    "id",
    "person_id",
    "credential_id",
    "public_key",
    "sign_count",
    "backup_eligible",
    "backed_up",
    "created_day",
    "facts_sealed",  # its name and the day it was last used
    "hardware",  # whether its hardware was proved: yes or no, never which
}


def files(folder: Path, pattern: str) -> list[Path]:
    return sorted(folder.glob(pattern))


def columns() -> set[str]:
    stores = (tables.provider, tables.enrolment)
    return {
        f"{table.name}.{column.name}"
        for store in stores
        for table in store.sorted_tables
        for column in table.columns
    }


def test_p4_the_schema_has_no_column_for_either():
    assert [name for name in sorted(columns() - NOBODYS) if FORBIDDEN.search(name)] == []
    assert columns() >= NOBODYS


@pytest.mark.parametrize(
    "name", ["people.password_hash", "people.face_template", "passkeys.pin", "people.salt"]
)
def test_p4_the_search_finds_such_a_column(name: str):
    assert FORBIDDEN.search(name)


async def test_p4_nor_has_the_migrated_database(tmp_path: Path):
    async with running(tmp_path):
        found = set()
        for file in files(tmp_path, "*.db"):
            database = sqlite3.connect(file)
            for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type='table'"):
                rows = database.execute(f"PRAGMA table_info({table})")
                found |= {f"{table}.{row[1]}" for row in rows}
            database.close()
    assert found >= columns()
    assert [name for name in sorted(found - NOBODYS) if FORBIDDEN.search(name)] == []


async def test_p4_of_a_passkey_only_the_public_half_is_kept(tmp_path: Path):
    async with running(tmp_path) as provider:
        authenticator = await enrol(provider, provider.browser())
        database = sqlite3.connect(tmp_path / "provider.db")
        database.row_factory = sqlite3.Row
        [row] = database.execute("SELECT * FROM passkeys").fetchall()
        database.close()
        assert set(row.keys()) == PASSKEY_COLUMNS
        [passkey] = authenticator.passkeys
        private = passkey.key.private_numbers().private_value.to_bytes(32, "big")  # type: ignore[union-attr]
        stored = b"".join(file.read_bytes() for file in files(tmp_path, "provider.db*"))
        assert private not in stored
        assert row["public_key"] in stored


@pytest.mark.spec("WebAuthn L3 §5.8.6")
async def test_p4_no_page_asks_for_a_password(tmp_path: Path):
    async with running(tmp_path) as provider:
        browser = provider.browser()
        pages = [
            await browser.get("/signin"),
            await browser.get("/create"),
            await begin_enrolment(browser),
        ]
        for page in pages:
            assert page.status == 200
            assert 'type="password"' not in page.text
            assert "current-password" not in page.text
        assert (await _ceremony(provider, browser))["userVerification"] == "required"


async def _ceremony(provider: Provider, browser: Browser) -> dict[str, object]:
    return (await provider.browser().get("/signin")).passkey_options()
