"""SoftHSM 2: PKCS#11 tokens in a temporary folder, one library per test process."""

import itertools
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

MISSING: Final = "SoftHSM 2 is not installed (Debian: apt-get install softhsm2)"
PIN: Final = "canary-pin-2468"
_PLACES: Final = ("/usr/lib/softhsm", "/usr/lib/*/softhsm", "/usr/local/lib/softhsm")
_CONFIGURATION: Final = "SOFTHSM2_CONF"  # the library reads it whenever it is initialised


@dataclass
class SoftHsm:
    """The library and the folder of its tokens."""

    module: Path
    folder: Path
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def environment(self) -> dict[str, str]:
        """What other processes need to meet the same tokens."""
        return {_CONFIGURATION: os.environ[_CONFIGURATION]}

    def new_token(self) -> str:
        """Make an empty token with ``PIN`` and return its label."""
        label = f"test {next(self._numbers)}"
        told = ("--init-token", "--free", "--label", label, "--so-pin", "so-pin", "--pin", PIN)
        subprocess.run(["softhsm2-util", *told], check=True, capture_output=True)
        return label


def _module() -> Path | None:
    root = Path("/")
    found = [one for place in _PLACES for one in root.glob(f"{place[1:]}/libsofthsm2.so")]
    return found[0] if found and shutil.which("softhsm2-util") else None


@pytest.fixture(scope="session")
def softhsm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoftHsm]:
    """SoftHSM 2 with no token yet; skips where the library is missing."""
    module = _module()
    if module is None:
        pytest.skip(MISSING)
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    file = folder / "softhsm2.conf"
    file.write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n", "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(_CONFIGURATION, str(file))
        yield SoftHsm(module, folder / "tokens")
