import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
from pkcs11 import Attribute, ObjectClass

from idp.domain.clock import Entropy
from idp.keystore import Keystore, pkcs11
from idp.keystore.files import FileKeystore
from idp.keystore.key_file import Wrapper
from idp.keystore.memory import MemoryKeystore
from idp.keystore.token import Token
from tests.support import ready_made
from tests.support.softhsm import PIN, SoftHsm
from tests.support.time import FrozenClock, SeededEntropy

WRAPPING_KEY: Final = SeededEntropy(42).bytes(32)
REAL: Final = ("files", "token")  # those that outlive a process
Create = Callable[[Path, Entropy], Keystore]


@pytest.fixture(autouse=True)
def _parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    ready_made.parse_keys_once(monkeypatch)


@pytest.fixture
def wrapping_key() -> bytes:
    return WRAPPING_KEY


@pytest.fixture(scope="session")
def token(softhsm: SoftHsm) -> Token:
    """One token for all tests: what lies in it has random ids."""
    return Token(softhsm.module, softhsm.new_token(), PIN)


@dataclass(frozen=True)
class Shelf:
    """A key store that outlives the process, of a test's own."""

    kind: str
    folder: Path
    get_wrapper: Callable[[Path], Wrapper]
    others: set[str] = field(default_factory=set)

    @property
    def wrapper(self) -> Wrapper:
        return self.get_wrapper(self.folder)

    def open(self) -> FileKeystore:
        return FileKeystore.open_by(self.folder, self.wrapper)

    def copy(self, folder: Path) -> "Shelf":
        shutil.copytree(self.folder, folder)
        return Shelf(self.kind, folder, self.get_wrapper, self.in_token())

    def in_token(self) -> set[str]:
        """The ids of all private keys in the token; none where there is no token."""
        held = self.wrapper.token
        if held is None:
            return set()
        template = {Attribute.CLASS: ObjectClass.PRIVATE_KEY}
        return held._do(
            lambda opened: {one[Attribute.ID].hex() for one in opened.session.get_objects(template)}
        )


@pytest.fixture(scope="session")
def creators(request: pytest.FixtureRequest) -> Callable[[str], Create]:
    """How each kind of store is made."""

    def creator(kind: str) -> Create:
        if kind == "memory":
            return lambda _folder, entropy: MemoryKeystore.create(entropy)
        if kind == "files":
            return lambda folder, entropy: FileKeystore.create(
                folder, WRAPPING_KEY, entropy, FrozenClock()
            )
        token = request.getfixturevalue("token")
        return lambda folder, entropy: pkcs11.create(folder, token, entropy, FrozenClock())

    return creator


@pytest.fixture(scope="session")
def pristine(
    request: pytest.FixtureRequest,
    creators: Callable[[str], Create],
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[str], Shelf]:
    """One store of each kind for all tests, which copy it: RSA keys take their time."""
    made: dict[str, Shelf] = {}

    def get(kind: str) -> Shelf:
        if kind not in made:
            folder = tmp_path_factory.mktemp(f"pristine-{kind}") / "keys"
            creators(kind)(folder, SeededEntropy(1))
            made[kind] = Shelf(kind, folder, _wrapper_of(kind, request))
        return made[kind]

    return get


def _wrapper_of(kind: str, request: pytest.FixtureRequest) -> Callable[[Path], Wrapper]:
    if kind == "files":
        return lambda _folder: Wrapper(WRAPPING_KEY)
    token = request.getfixturevalue("token")
    return lambda folder: pkcs11.wrapper_of(folder, token)


@pytest.fixture(params=REAL)
def shelf(
    request: pytest.FixtureRequest, pristine: Callable[[str], Shelf], tmp_path: Path
) -> Shelf:
    """A real store of its own for a test that changes it; once for each kind."""
    return pristine(request.param).copy(tmp_path / "keys")


@pytest.fixture(scope="session")
def pristine_store(pristine: Callable[[str], Shelf]) -> Path:
    return pristine("files").folder


@pytest.fixture(scope="session")
def foreign_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a second store under the same wrapping key."""
    folder = tmp_path_factory.mktemp("foreign") / "keys"
    FileKeystore.create(folder, WRAPPING_KEY, SeededEntropy(2), FrozenClock())
    return folder


@pytest.fixture
def folder(pristine_store: Path, tmp_path: Path) -> Path:
    """Give a store in files of its own to a test that is about to damage it."""
    return shutil.copytree(pristine_store, tmp_path / "keys")


@pytest.fixture
def gone(softhsm: SoftHsm, token: Token) -> Iterator[Any]:
    """Take the device away, and bring it back."""
    aside = softhsm.folder.with_name("aside")

    def away(is_away: bool) -> None:
        if is_away != aside.exists():
            softhsm.folder.rename(aside) if is_away else aside.rename(softhsm.folder)

    yield away
    away(False)
    token._session._not_before = 0.0
