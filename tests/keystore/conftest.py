import shutil
from pathlib import Path

import pytest

from idp.keystore.files import FileKeystore
from tests.support.time import FrozenClock, SeededEntropy

WRAPPING_KEY = SeededEntropy(42).bytes(32)


@pytest.fixture
def wrapping_key() -> bytes:
    return WRAPPING_KEY


@pytest.fixture(scope="session")
def pristine_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make one store for all tests, which copy it: RSA keys take their time."""
    folder = tmp_path_factory.mktemp("pristine") / "keys"
    FileKeystore.create(folder, WRAPPING_KEY, SeededEntropy(1), FrozenClock())
    return folder


@pytest.fixture(scope="session")
def foreign_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a second store under the same wrapping key."""
    folder = tmp_path_factory.mktemp("foreign") / "keys"
    FileKeystore.create(folder, WRAPPING_KEY, SeededEntropy(2), FrozenClock())
    return folder


@pytest.fixture
def folder(pristine_store: Path, tmp_path: Path) -> Path:
    """Give a store of its own to a test that is about to damage it."""
    return shutil.copytree(pristine_store, tmp_path / "keys")
