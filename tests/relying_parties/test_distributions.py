"""The wheels: exactly what belongs in them, and the kit works where the provider is not."""

import ast
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SDK = ROOT / "relying_parties/sdk"
SIMULATOR = ROOT / "relying_parties/simulator"
PACKAGES = {SDK: "network_id", SIMULATOR: "network_id_simulator"}
SITE_PACKAGES = Path(pytest.__file__).parents[1]
KINDS = {".py", ".typed", ".json", ".css", ".js", ".svg", ".html", ".txt"}
# What a distribution is called, where its import is called otherwise.
IMPORTED_AS = {"network-id": "network_id", "python-multipart": "python_multipart"}
# A part of Django, what only type checkers know, and who imports the plugin.
ALONG = {"asgiref", "_typeshed", "pytest"}
SIGN_IN = """
import asyncio, httpx2, network_id
from network_id_simulator import serving

async def sign_in(issuer):
    there = await network_id.discover(issuer, "shop", "a secret", "http://localhost:9/callback")
    async with there as platform:
        url, pending = await platform.begin_sign_in()
        back = httpx2.URL(httpx2.get(url, trust_env=False).headers["location"])
        return await platform.finish_sign_in(pending, back.query.decode())

with serving() as simulator:
    simulator.config.persona = "adult"
    print(asyncio.run(sign_in(simulator.issuer)).display)
"""


@dataclass(frozen=True)
class Wheel:
    """A built wheel, and the folder that it was built from."""

    path: Path
    folder: Path

    @property
    def files(self) -> dict[str, bytes]:
        with zipfile.ZipFile(self.path) as opened:
            return {name: opened.read(name) for name in opened.namelist()}

    @property
    def metadata(self) -> Message:
        return message_from_bytes(self._of_the_distribution("METADATA"))

    @property
    def licence(self) -> bytes:
        return self._of_the_distribution("licenses/LICENSE")

    @property
    def code(self) -> dict[str, bytes]:
        return {n: data for n, data in self.files.items() if ".dist-info/" not in n}

    def _of_the_distribution(self, name: str) -> bytes:
        return next(d for n, d in self.files.items() if n.endswith(f".dist-info/{name}"))


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Wheel]:
    """Build all three, as a release does; nothing is fetched."""
    built = {}
    for folder in (SDK, SIMULATOR, ROOT):
        into = tmp_path_factory.mktemp("wheel")
        run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(into), at=folder)
        built[folder] = Wheel(next(into.glob("*.whl")), folder)
    return built


@pytest.fixture(scope="module")
def kit(wheels: dict[Path, Wheel], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a Python that has the SDK and the simulator, and not the provider."""
    return environment(tmp_path_factory.mktemp("kit"), wheels[SDK], wheels[SIMULATOR])


def run(*command: str, at: Path, **variables: str) -> str:
    done = subprocess.run(
        command, cwd=at, env=variables or None, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def environment(folder: Path, *wheels: Wheel) -> Path:
    """Make an empty environment and install wheels in it, alone and from the disk."""
    uv, python = str(Path(sys.executable).with_name("uv")), folder / "venv/bin/python"
    base = {"PATH": str(Path(sys.executable).parent), "HOME": str(folder), "UV_OFFLINE": "1"}
    run(uv, "venv", "-q", "--python", sys.executable, str(folder / "venv"), at=folder, **base)
    options = ("-q", "--no-index", "--no-deps", "--no-cache", "--python", str(python))
    run(uv, "pip", "install", *options, *(str(one.path) for one in wheels), at=folder, **base)
    return python


def tried(python: Path, program: str) -> str:
    """Run a program there. Libraries come from our environment: its .pth files do not count."""
    return run(str(python), "-c", program, at=python.parent, PYTHONPATH=str(SITE_PACKAGES), PATH="")


def project(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
    return found


def sources(folder: Path) -> dict[str, bytes]:
    """Return the files of a distribution's package, as they stand in the repository."""
    package = folder / PACKAGES[folder]
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.mark.parametrize("folder", PACKAGES, ids=PACKAGES.values())
def test_a_wheel_holds_its_package_and_nothing_else(
    wheels: dict[Path, Wheel], folder: Path
) -> None:
    code = wheels[folder].code
    assert code == sources(folder)
    assert f"{PACKAGES[folder]}/py.typed" in code
    assert {Path(name).suffix for name in code} <= KINDS
    assert not [name for name in code if any(p.startswith("test") for p in name.split("/"))]


@pytest.mark.parametrize("folder", PACKAGES, ids=PACKAGES.values())
def test_a_wheel_says_what_it_is(wheels: dict[Path, Wheel], folder: Path) -> None:
    metadata, known = wheels[folder].metadata, project(folder)
    assert metadata["Name"] == known["name"]
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Requires-Python"] == ">=3.11"
    needed = [one for one in metadata.get_all("Requires-Dist", []) if "extra ==" not in one]
    assert sorted(needed) == sorted(known["dependencies"])
    readme = (folder / "README.md").read_bytes()
    assert metadata.get_payload(decode=True) == readme
    # On a package index it stands alone: a link into the repository would lead nowhere.
    assert not re.findall(rb"\]\((?!https?://|#)", readme)


def test_all_are_of_one_version_and_one_licence(wheels: dict[Path, Wheel]) -> None:
    versions = {one.metadata["Version"] for one in wheels.values()}
    assert len(versions) == 1
    assert f"network-id=={versions.pop()}" in project(SIMULATOR)["dependencies"]
    licence = (ROOT / "LICENSE").read_bytes()
    for wheel in wheels.values():
        assert wheel.licence == (wheel.folder / "LICENSE").read_bytes() == licence


@pytest.mark.parametrize("folder", PACKAGES, ids=PACKAGES.values())
def test_a_source_distribution_holds_the_same_package(folder: Path, tmp_path: Path) -> None:
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(tmp_path), at=folder)
    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as opened:
        names = {name.partition("/")[2] for name in opened.getnames()}
    beside = {"LICENSE", "README.md", "pyproject.toml", "PKG-INFO", ".gitignore"}
    assert names - beside == sources(folder).keys()
    assert beside - {".gitignore"} <= names


@pytest.mark.parametrize("folder", PACKAGES, ids=PACKAGES.values())
def test_what_is_imported_is_what_is_asked_for(folder: Path) -> None:
    known = project(folder)
    asked = known["dependencies"] + [
        one for extra in known.get("optional-dependencies", {}).values() for one in extra
    ]
    names = [one.partition(">")[0].partition("=")[0].partition("[")[0] for one in asked]
    allowed = {IMPORTED_AS.get(name, name) for name in names} | sys.stdlib_module_names
    assert {one for path in folder.glob("network*/**/*.py") for one in imported(path)} <= (
        allowed | ALONG | {PACKAGES[folder]}
    )


def imported(path: Path) -> Iterator[str]:
    """Name the packages that a file imports, also where only a type checker does."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (one.name.partition(".")[0] for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]


def test_the_kit_works_where_the_provider_is_not(kit: Path) -> None:
    absent = tried(
        kit,
        "from importlib.util import find_spec as f\n"
        "print([n for n in ('idp', 'relying_parties', 'tests', 'migrations') if f(n)])",
    )
    assert absent.strip() == "[]"
    where = tried(kit, "import network_id; print(network_id.__file__)")
    assert where.startswith(str(kit.parents[1]))
    assert len(tried(kit, SIGN_IN).strip()) == 29


def test_every_module_of_the_kit_can_be_imported(kit: Path) -> None:
    names = sorted({module(name) for folder in PACKAGES for name in sources(folder)} - {""})
    program = (
        f"import importlib\nfor name in {names!r}:\n"
        "    if not name.endswith('__main__'): importlib.import_module(name)"
    )
    tried(kit, program)


WEB = ("fastapi", "starlette", "uvicorn", "jinja2", "network_id_simulator")


@pytest.mark.parametrize(
    ("folder", "part", "absent"), [(SDK, "integrations", WEB), (SIMULATOR, "pytest_plugin", ())]
)
def test_the_kit_itself_needs_no_framework(
    kit: Path, folder: Path, part: str, absent: tuple[str, ...]
) -> None:
    names = sorted(n for n in map(module, sources(folder)) if n and part not in n)
    program = (
        "import importlib, sys\n"
        f"for name in {('flask', 'django', 'pytest', *absent)!r}: sys.modules[name] = None\n"
        f"for name in {names!r}:\n"
        "    if not name.endswith('__main__'): importlib.import_module(name)"
    )
    tried(kit, program)


def module(name: str) -> str:
    """Return the module in a file, or nothing."""
    dotted = name.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    return dotted if name.endswith(".py") else ""


def test_every_command_and_plugin_of_the_kit_is_there(kit: Path) -> None:
    program = (
        "from importlib.metadata import distribution as d\n"
        "for n in ('network-id', 'network-id-simulator'):\n"
        "    for e in d(n).entry_points: e.load(); print(e.name)"
    )
    declared = [
        name
        for folder in PACKAGES
        for known in [project(folder)]
        for group in (known.get("scripts", {}), *known.get("entry-points", {}).values())
        for name in group
    ]
    assert sorted(tried(kit, program).split()) == sorted(declared)


def test_the_providers_wheel_brings_the_sdk_for_its_demo(
    wheels: dict[Path, Wheel], tmp_path: Path
) -> None:
    code = wheels[ROOT].code
    assert {n: d for n, d in code.items() if n.startswith("network_id/")} == sources(SDK)
    tops = {name.partition("/")[0] for name in code}
    assert tops == {"idp", "relying_parties", "migrations", "network_id"}
    kits = ("sdk", "simulator", "samples")
    assert not [
        name for name in code if name.startswith(tuple(f"relying_parties/{k}/" for k in kits))
    ]
    python = environment(tmp_path, wheels[ROOT])
    program = (
        "import idp.cli, idp.cli.demo.platforms as p, network_id\n"
        "import relying_parties.shop.app, relying_parties.forum.app\n"
        "from network_id.button import button\n"
        "print(p.source(), network_id.__file__, all(one.logo() for one in p.PLATFORMS))"
    )
    seen = tried(python, program).split()
    assert all(one.startswith(str(tmp_path)) for one in seen[:2])
    assert seen[2] == "True"
