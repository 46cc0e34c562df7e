"""A dump of the process's environment, of its logs and of its databases shows no private key."""

import os
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from idp.keystore.files import FileKeystore
from idp.keystore.memory import MemoryKeystore
from idp.keystore.wrapping import decode_wrapping_key, new_wrapping_key
from tests.cli.conftest import Idp
from tests.cli.test_serving import LONG, serving
from tests.support import private_values
from tests.support.time import SeededEntropy

NAME = "IDP_WRAPPING_KEY"


def environments(process: subprocess.Popen[str]) -> bytes:
    """What the system shows of the environments of a server and of those that it started."""
    pids, found = [process.pid], b""
    while pids:
        pid = pids.pop()
        found += Path(f"/proc/{pid}/environ").read_bytes()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
        pids += [int(child) for child in children.split()]
    return found


def disturb(port: int) -> None:
    """Ask for what is refused, so that it is logged."""
    for path in ("authorize?client_id=nobody", "token", "userinfo", "logout?id_token_hint=a.b.c"):
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=10)


def test_environment_logs_and_databases_show_no_private_key(
    tmp_path: Path, idp: Idp, monkeypatch: pytest.MonkeyPatch
):
    wrapping = new_wrapping_key(SeededEntropy(7))
    monkeypatch.setenv(NAME, wrapping)
    home = tmp_path / "instance"
    assert idp("init", home, "--issuer", "https://id.example").code == 0
    with serving(home, "--workers", "2") as (process, port):
        staged = idp("keys", "stage", "--alg", "ES256", "--home", home)
        disturb(port)
        deadline = time.monotonic() + LONG  # the second worker may be on its way up
        while wrapping.encode() in (dump := environments(process)) and time.monotonic() < deadline:
            time.sleep(0.1)
        process.terminate()
        out, log = process.communicate(timeout=LONG)

    assert dump.count(NAME.encode()) == 3  # the supervisor and two workers
    assert "Traceback" not in log
    dump += f"{out}{log}{staged.out}{staged.err}".encode()
    dump += b"".join(file.read_bytes() for file in home.rglob("*") if file.is_file())

    key = decode_wrapping_key(wrapping, NAME)
    values = private_values.of(FileKeystore.open(home / "keys", key)) | {"wrapping": key}
    assert len(values) >= 6 + 1 + 1 + 4 + 1
    assert private_values.seen_in(dump, values) == []


def test_the_search_finds_what_it_looks_for():
    store = MemoryKeystore.create(SeededEntropy(8))
    values = private_values.of(store)
    for name, value in values.items():
        for spelled in (value, value.hex().encode(), repr(value).encode()):
            found = private_values.seen_in(b"noise" + spelled + b"noise", values)
            assert {one.rpartition(" as ")[0] for one in found} == {name}
    for text in private_values.pem(store):
        assert len(private_values.seen_in(text, values)) >= 1
    assert private_values.seen_in(os.urandom(1 << 20), values) == []
