"""What every instance begins with and what takes long to make: keys, databases of today's schema.

How they are made is tested elsewhere (tests/keystore, tests/storage/test_schema.py, tests/cli).
"""

from __future__ import annotations

import itertools
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import make_url

from idp.domain.link_keys import LinkKeys
from idp.domain.secret_key import SECRET_BYTES, SecretDomain, VersionedSecret
from idp.domain.signing_key import ALGORITHMS
from idp.keystore.memory import MemoryKeystore
from idp.keystore.signing import generate, signer_for
from idp.storage import schema

if TYPE_CHECKING:
    from idp.domain.clock import Entropy
    from idp.keystore import Signer

# Two instances of one test never share a key: no test has as many.
_SETS: Final = 6
_TURNS: Final = itertools.cycle(range(_SETS))


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


def database(store: schema.Store, url: str) -> None:
    """Bring the database at ``url`` to today's schema; a new SQLite file is a copy."""
    parsed = make_url(url)
    file = parsed.database or ":memory:"
    if parsed.get_backend_name() == "sqlite" and file != ":memory:" and not Path(file).exists():
        Path(file).write_bytes(_empty(store))
    else:
        schema.upgrade(store, url)


@cache
def _empty(store: schema.Store) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "empty.db")
        schema.upgrade(store, f"sqlite:///{file}")
        return file.read_bytes()
