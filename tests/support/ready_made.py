"""What every instance begins with and what takes long to make: keys, databases of today's schema.

How they are made is tested elsewhere (tests/keystore, tests/storage/test_schema.py, tests/cli).
"""

from __future__ import annotations

import itertools
import subprocess
import tempfile
import threading
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.serialization import load_der_private_key
from sqlalchemy import make_url

from idp.domain.link_keys import LinkKeys
from idp.domain.secret_key import SECRET_BYTES, SecretDomain, VersionedSecret
from idp.domain.signing_key import ALGORITHMS
from idp.keystore import signing
from idp.keystore.memory import MemoryKeystore
from idp.keystore.signing import generate, signer_for
from idp.storage import schema
from tests.support.postgres import find_programs

if TYPE_CHECKING:
    import pytest
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

    from idp.domain.clock import Entropy
    from idp.keystore import Signer

# Two instances of one test never share a key: no test has as many.
_SETS: Final = 6
_TURNS: Final = itertools.cycle(range(_SETS))
_MAKING: Final = threading.Lock()  # a database that is being copied has no other visitor


def keystore(entropy: Entropy) -> MemoryKeystore:
    """Make a key store as MemoryKeystore.create does, but for its signing keys."""
    return MemoryKeystore(
        _signers(next(_TURNS)),
        {
            domain: VersionedSecret({1: entropy.bytes(SECRET_BYTES)}, active=1)
            for domain in SecretDomain
        },
    )


def link_keys(key: bytes) -> LinkKeys:
    """Return keys for tags of which there has been one version only."""
    return LinkKeys(VersionedSecret({1: key}, active=1))


@cache
def _signers(_turn: int) -> list[Signer]:
    return [signer_for(alg, generate(alg)) for alg in ALGORITHMS]


def parse_keys_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each signing key that is opened again and again be parsed by the library once.

    An RSA key takes as long as the rest of a command. What is no key is refused each time.
    """
    monkeypatch.setattr(signing, "load_der_private_key", _parsed)


@cache
def _parsed(der: bytes, password: bytes | None) -> PrivateKeyTypes:
    return load_der_private_key(der, password)


def database(store: schema.Store, url: str) -> None:
    """Bring the database at ``url`` to today's schema; what is empty becomes a copy."""
    parsed = make_url(url)
    name = parsed.database or ":memory:"
    if parsed.get_backend_name() == "postgresql":
        folder = str(parsed.query["host"])
        # Nobody drops what a pooler is connected to, or by the way of a relay.
        is_here = "port" not in parsed.query and Path(folder, "data").is_dir()
        with _MAKING:
            copied = is_here and _copied(folder, name, _template(store, folder))
        if not copied:
            schema.upgrade(store, url)
    elif name != ":memory:" and not Path(name).exists():
        Path(name).write_bytes(_empty(store))
    else:
        schema.upgrade(store, url)


@cache
def _empty(store: schema.Store) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "empty.db")
        schema.upgrade(store, f"sqlite:///{file}")
        return file.read_bytes()


@cache
def _template(store: schema.Store, folder: str) -> str:
    """Return the name of a database of today's schema in the cluster whose socket is there."""
    name = f"empty_{store.value}"
    _psql(folder, "postgres", f'CREATE DATABASE "{name}" TEMPLATE template0;')
    schema.upgrade(store, f"postgresql://postgres@/{name}?host={folder}")
    return name


def _copied(folder: str, name: str, template: str) -> bool:
    """Make the database a copy of another, if it is empty; tell whether it was.

    A migration takes some 0.3 s of CPU, a copy a tenth of that.
    """
    told = _psql(
        folder,
        name,
        "SELECT count(*) = 0 AS empty FROM pg_class",
        "WHERE relnamespace = 'public'::regnamespace \\gset",
        "\\if :empty",
        "\\connect postgres",
        f'DROP DATABASE "{name}";',
        f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy;',
        "\\echo copied",
        "\\endif",
    )
    return "copied" in told


def _psql(folder: str, name: str, *lines: str) -> str:
    program = find_programs()
    assert program is not None
    command = [str(program / "psql"), f"--host={folder}", f"--dbname={name}", "--no-psqlrc"]
    done = subprocess.run(
        [*command, "--username=postgres", "--quiet", "--set=ON_ERROR_STOP=1"],
        input="\n".join((*lines, "")),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout
