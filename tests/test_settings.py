"""Settings: each is validated at start, and no message repeats what stood there."""

import os
from pathlib import Path
from typing import Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pydantic import ValidationError

from idp.domain.age import LeapDayRule
from idp.settings import (
    SETTINGS_FILE,
    WRAPPING_KEY,
    Settings,
    SettingsRefused,
    load,
    secret_from_environment,
)
from idp.settings.values import read_roots
from tests.support.https import authority
from tests.support.maker import Maker

MINIMAL: Final = {
    "IDP_ISSUER": "https://id.example",
    "IDP_DATABASE_URL": "postgresql://idp@/provider",
    "IDP_ENROLMENT_DATABASE_URL": "sqlite:///enrolment.db",
}
CANARY: Final = "hunter2canary"


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("IDP_")]:
        monkeypatch.delenv(name)


def write(home: Path, **changes: str | None) -> Path:
    """Make an instance's settings file; a change to None leaves a line out."""
    members = {name: value for name, value in (MINIMAL | changes).items() if value is not None}
    text = "".join(f"{name}={value}\n" for name, value in members.items())
    (home / SETTINGS_FILE).write_text(text, encoding="utf-8")
    return home


def refusal(home: Path, **changes: str | None) -> str:
    with pytest.raises(SettingsRefused) as refused:
        load(write(home, **changes))
    return str(refused.value)


def test_an_instance_needs_an_issuer_and_two_databases_and_no_more(tmp_path: Path):
    found = load(write(tmp_path))
    assert found.home == tmp_path.resolve()
    assert (found.host, found.port, found.workers) == ("127.0.0.1", 8000, 1)
    assert (found.sandbox, found.time_zone) == (False, "UTC")
    assert found.leap_day_rule is LeapDayRule.FIRST_OF_MARCH
    assert found.keys_folder == tmp_path.resolve() / "keys"


@pytest.mark.parametrize("name", sorted(MINIMAL))
def test_each_of_the_three_is_asked_for_by_name(tmp_path: Path, name: str):
    assert name in refusal(tmp_path, **{name: None})


def test_the_environment_comes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write(tmp_path, IDP_PORT="8001")
    assert load(tmp_path).port == 8001
    monkeypatch.setenv("IDP_PORT", "8002")
    monkeypatch.setenv("IDP_HOME", str(tmp_path))
    assert load().port == 8002


def test_without_an_instance_the_command_that_makes_one_is_named(tmp_path: Path):
    with pytest.raises(SettingsRefused, match="idp init DIR"):
        load()
    with pytest.raises(SettingsRefused, match=f"idp init {tmp_path}"):
        load(tmp_path)


def test_settings_do_not_change_while_the_program_runs(tmp_path: Path):
    found = load(write(tmp_path))
    with pytest.raises(ValidationError):
        found.port = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    "issuer",
    [
        "https://id.example",
        "https://id.example/",
        "https://id.example:8443/realm",
        "http://localhost:8000",
        "http://127.0.0.1",
        "http://[::1]:8000/idp",
    ],
)
def test_an_issuer_is_kept_byte_for_byte(tmp_path: Path, issuer: str):
    assert load(write(tmp_path, IDP_ISSUER=issuer)).issuer == issuer


@pytest.mark.spec("OpenID Connect Discovery 1.0 §3", "RFC 8414 §2")
@pytest.mark.parametrize(
    "issuer",
    [
        "http://id.example",
        "http://localhost.evil.example",
        "http://localhost@evil.example",
        "https://ID.example",
        "https://id.example?realm=x",
        "https://id.example#x",
        "http://localhost:8000/?x",
        "https://user@id.example",
        "https://id.example:",
        "id.example",
        "ftp://id.example",
        "https://",
    ],
)
def test_an_issuer_that_no_client_could_trust_is_refused(tmp_path: Path, issuer: str):
    told = refusal(tmp_path, IDP_ISSUER=issuer)
    assert told.startswith("IDP_ISSUER: ")
    assert "https" in told


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("IDP_PORT", "65536"),
        ("IDP_PORT", "-1"),
        ("IDP_PORT", "http"),
        ("IDP_WORKERS", "0"),
        ("IDP_WORKERS", "65"),
        ("IDP_SANDBOX", "perhaps"),
        ("IDP_TIME_ZONE", "Mars/Olympus"),
        ("IDP_TIME_ZONE", "../../etc/passwd"),
        ("IDP_LEAP_DAY_RULE", "never"),
        ("IDP_DATABASE_URL", "mysql://idp@/provider"),
        ("IDP_ENROLMENT_DATABASE_URL", "provider.db"),
        ("IDP_NO_SUCH_SETTING", "x"),
    ],
)
def test_what_cannot_be_is_refused_by_name(tmp_path: Path, name: str, value: str):
    assert name in refusal(tmp_path, **{name: value})


@pytest.mark.parametrize(
    "changes",
    [
        {"IDP_DATABASE_URL": f"mysql://idp:{CANARY}@db/provider"},
        {"IDP_ENROLMENT_DATABASE_URL": CANARY},
        {"IDP_WRAPPING_KEY": CANARY},
        {"IDP_PORT": CANARY},
        {"IDP_SANDBOX": CANARY},
        {"IDP_TIME_ZONE": CANARY},
        {"IDP_ISSUER": f"https://{CANARY}@id.example"},
        {"IDP_PASSWORD": CANARY},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_no_message_repeats_a_value(tmp_path: Path, changes: dict[str, str]):
    """One may be a secret in the wrong place, and messages end up in logs and tickets."""
    with pytest.raises(SettingsRefused) as refused:
        load(write(tmp_path, **changes))
    assert CANARY not in str(refused.value)
    assert CANARY not in repr(refused.value)
    assert refused.value.__cause__ is None  # whose text would


def test_settings_do_not_print_the_password_of_a_database(tmp_path: Path):
    found = load(write(tmp_path, IDP_DATABASE_URL=f"postgresql://idp:{CANARY}@db/provider"))
    assert CANARY not in repr(found)
    assert CANARY not in str(found)


@pytest.mark.parametrize(
    "line",
    [
        "IDP_WRAPPING_KEY=",
        "export IDP_WRAPPING_KEY = ",
        "idp_wrapping_key=",
        "IDP_PKCS11_PIN=",
        "idp_pkcs11_pin = ",
    ],
)
def test_a_secret_never_stands_in_a_settings_file(tmp_path: Path, line: str):
    write(tmp_path)
    with (tmp_path / SETTINGS_FILE).open("a", encoding="utf-8") as file:
        file.write(f"{line}{CANARY}\n")
    with pytest.raises(SettingsRefused) as refused:
        load(tmp_path)
    assert line.strip("= ").lower().removeprefix("export ") in str(refused.value).lower()
    assert CANARY not in str(refused.value)


def test_the_wrapping_key_comes_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    assert secret_from_environment(WRAPPING_KEY) is None
    monkeypatch.setenv("IDP_WRAPPING_KEY", "")
    assert secret_from_environment(WRAPPING_KEY) is None
    monkeypatch.setenv("IDP_WRAPPING_KEY", CANARY)
    assert secret_from_environment(WRAPPING_KEY) == CANARY
    assert CANARY not in repr(load(write(tmp_path)))


@pytest.mark.parametrize("issuer", ["http://localhost:8000", "http://127.0.0.1/", "http://[::1]"])
def test_a_sandbox_starts_on_this_machine_without_more_words(tmp_path: Path, issuer: str):
    assert load(write(tmp_path, IDP_ISSUER=issuer, IDP_SANDBOX="true")).sandbox


def test_a_sandbox_starts_in_public_only_when_the_issuer_is_repeated(tmp_path: Path):
    sandbox = {"IDP_SANDBOX": "true", "IDP_SANDBOX_ISSUER": "https://id.example"}
    assert load(write(tmp_path, **sandbox)).sandbox


@pytest.mark.parametrize(
    "repeated",
    [None, "", "https://id.example/", "https://ID.example", "https://id.exampl", "true", "*"],
)
def test_a_sandbox_in_public_with_anything_else_is_refused(tmp_path: Path, repeated: str | None):
    told = refusal(tmp_path, IDP_SANDBOX="true", IDP_SANDBOX_ISSUER=repeated)
    assert "IDP_SANDBOX_ISSUER" in told


@pytest.mark.parametrize("given", ["IDP_TLS_CERT", "IDP_TLS_KEY"])
def test_certificate_and_key_go_together(tmp_path: Path, given: str):
    assert "go together" in refusal(tmp_path, **{given: "file.pem"})


def test_what_real_people_do_is_flushed_to_the_disk(tmp_path: Path):
    assert load(write(tmp_path)).durable
    local = {"IDP_ISSUER": "http://localhost:8000", "IDP_SANDBOX": "true"}
    assert not load(write(tmp_path, **local)).durable


def test_there_is_no_setting_for_a_secret():
    names = set(Settings.model_fields)
    assert [name for name in names if "secret" in name or "password" in name] == []
    assert {name for name in names if "key" in name} == {
        *("wrapping_key_file", "tls_key", "keystore"),
        *("key_rotation_days", "key_overlap_days"),
    }


def test_proxies_are_addresses_and_networks(tmp_path: Path):
    assert load(write(tmp_path)).proxies == ""
    assert load(write(tmp_path, IDP_PROXIES="10.0.0.5, fd00::/8")).proxies == "10.0.0.5, fd00::/8"
    assert "IDP_PROXIES" in refusal(tmp_path, IDP_PROXIES="proxy.example")


def test_the_roots_of_makers_are_read_at_start(tmp_path: Path):
    assert read_roots(load(write(tmp_path)).attestation_roots) == ()
    folder = Maker().trusted_in(tmp_path / "roots")
    settings = load(write(tmp_path, IDP_ATTESTATION_ROOTS=str(folder)))
    assert read_roots(settings.attestation_roots) == ((folder / "maker.pem").read_bytes(),)


@pytest.mark.parametrize("content", [None, b"", b"-----BEGIN CERTIFICATE-----", "twice", "leaf"])
def test_a_folder_of_anything_but_roots_is_refused(tmp_path: Path, content: bytes | str | None):
    """A root that is silently left out would be one that nobody trusts, or a leaf that all do."""
    folder, maker = tmp_path / "roots", Maker()
    folder.mkdir()
    leaf = x509.load_der_x509_certificate(maker.batch().chain[0]).public_bytes(Encoding.PEM)
    written = {"twice": maker.root + maker.root, "leaf": leaf}
    if content is not None:
        pem = written[content] if isinstance(content, str) else content
        (folder / "maker.pem").write_bytes(pem)
    assert "IDP_ATTESTATION_ROOTS" in refusal(tmp_path, IDP_ATTESTATION_ROOTS=str(folder))


@pytest.mark.parametrize(
    "url",
    [
        f"smtps://user:{CANARY}@mail.example:99999",
        f"smtps://user:{CANARY}@mail.example:port",
        f"smtp+starttls://user:{CANARY}#1@mail.example:587",
        f"smtp+starttls://{CANARY}/1@mail.example:587",
        f"smtps://user:{CANARY}@",
        f"http://user:{CANARY}@mail.example",
        f"smtps://user:{CANARY}@[mail.example",
        f"smtps://user:{CANARY}\u2100@mail.example",
    ],
)
def test_a_mail_server_that_cannot_be_named_stops_the_start(tmp_path: Path, url: str):
    """Not the task that sends: addresses would be asked for, and nobody ever be warned."""
    told = refusal(tmp_path, IDP_SMTP_URL=url, IDP_MAIL_FROM="id@id.example")
    assert told.startswith("IDP_SMTP_URL: ")
    assert CANARY not in told


def test_an_issuer_with_an_impossible_port_stops_the_start_in_words(tmp_path: Path):
    assert refusal(tmp_path, IDP_ISSUER="https://id.example:99999").startswith("IDP_ISSUER: ")


def test_the_hosts_and_authorities_of_outbound_fetches_are_read(tmp_path: Path):
    assert load(write(tmp_path)).outbound_allow == ""
    named = "localhost:9000, Suite.example [::1]:9000"
    assert load(write(tmp_path, IDP_OUTBOUND_ALLOW=named)).outbound_allow == named.lower()
    for wrong in (
        "https://suite.example",
        "suite.example/",
        "a@b",
        "suite.example:x",
        "10.0.0.0/8",
    ):
        assert "IDP_OUTBOUND_ALLOW" in refusal(tmp_path, IDP_OUTBOUND_ALLOW=wrong)
    file = tmp_path / "authority"
    assert "IDP_OUTBOUND_CA" in refusal(tmp_path, IDP_OUTBOUND_CA=str(file))
    file.write_text("no certificate", encoding="utf-8")
    assert "IDP_OUTBOUND_CA" in refusal(tmp_path, IDP_OUTBOUND_CA=str(file))
    ca, _, _ = authority(tmp_path, "suite.example")
    assert load(write(tmp_path, IDP_OUTBOUND_CA=str(ca))).outbound_ca == ca


def test_clients_register_themselves_openly_in_a_sandbox_alone(tmp_path: Path):
    assert load(write(tmp_path)).registration == "off"
    assert load(write(tmp_path, IDP_REGISTRATION="token")).registration == "token"
    assert "IDP_REGISTRATION" in refusal(tmp_path, IDP_REGISTRATION="open")
    assert "IDP_REGISTRATION" in refusal(tmp_path, IDP_REGISTRATION="on")
    sandbox = {"IDP_SANDBOX": "true", "IDP_SANDBOX_ISSUER": "https://id.example"}
    assert load(write(tmp_path, IDP_REGISTRATION="open", **sandbox)).registration == "open"
