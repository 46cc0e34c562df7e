"""Rules of the house that no linter knows."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Final

import pytest

from idp import VERSION
from tests.support import specifications

ROOT: Final = Path(__file__).parents[1]
LOCKS: Final = ("requirements.txt", "requirements-extras.txt", "requirements-dev.txt")
MOST_LINES: Final = 330
FOLDERS: Final = {".ci", "deploy", "docs", "idp", "keys", "migrations", "relying_parties", "tests"}
# What a run leaves behind; the same list as .gitignore, for a copy without git.
LEFT_BEHIND: Final = re.compile(
    r"(^|/)(\.git|\.venv|__pycache__|build|dist|instance|\.[a-z_]+_cache|\.hypothesis)/"
    r"|^keys/(?!README\.md$|\.gitignore$)|\.(pyc|mo)$"
)
KEY_FILE: Final = re.compile(r"\.(pem|key|p12|pfx|jks|sqlite3?|db|env)$|(^|/)\.env")
PRIVATE_KEY: Final = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----")
# A home, a root user's folder, or a workplace: true on one machine only.
MACHINE_PATH: Final = re.compile(r"(?<![\w.~/-])/(?:home|root|work|Users)/[\w.-]")
INDEX: Final = re.compile(r"--(extra-)?index-url|--find-links|https?:|file:|git\+")


def tracked() -> list[str]:
    """Return the project's own files: what git knows, or all but what a run leaves behind."""
    if shutil.which("git") and (ROOT / ".git").exists():
        listing = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others"]
        answer = subprocess.run(
            [*listing, "--exclude-standard"], check=False, capture_output=True, text=True
        )
        if answer.returncode == 0:
            return [name for name in answer.stdout.split("\0") if name and (ROOT / name).is_file()]
    every = (path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*") if path.is_file())
    return [name for name in every if not LEFT_BEHIND.search(name)]


FILES: Final = sorted(tracked())


def test_no_python_file_is_long():
    lines = {name: len((ROOT / name).read_bytes().splitlines()) for name in python_files()}
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}


def test_the_top_level_folders_are_the_agreed_ones():
    folders = {name.split("/")[0] for name in FILES if "/" in name}
    assert folders - FOLDERS == set()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_names_no_package_index(lock: str):
    assert INDEX.findall((ROOT / lock).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_requirement_has_a_version_and_a_hash(lock: str):
    text = re.sub(r"(?m)^\s*#.*\n", "", (ROOT / lock).read_text(encoding="utf-8"))
    requirements = text.replace("\\\n", " ").splitlines()
    loose = [line for line in requirements if "==" not in line or "--hash=sha256:" not in line]
    assert requirements != []
    assert loose == []


def test_the_development_lock_holds_the_runtime_lock():
    pins = [set(re.findall(r"(?m)^\S+==\S+", (ROOT / lock).read_text())) for lock in LOCKS]
    assert pins[0] - pins[1] == set()


def test_the_version_that_is_told_is_the_projects():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == VERSION


def test_no_key_and_no_database_is_tracked():
    assert [name for name in FILES if KEY_FILE.search(name)] == []
    assert [name for name in FILES if PRIVATE_KEY.search((ROOT / name).read_bytes())] == []


def test_the_keys_folder_holds_its_readme_only():
    inside = {name for name in FILES if name.startswith("keys/")}
    assert inside == {"keys/README.md", "keys/.gitignore"}


def test_no_file_names_a_path_of_one_machine():
    found = {name: MACHINE_PATH.findall(text(name)) for name in FILES}
    assert {name: paths for name, paths in found.items() if paths} == {}


def test_every_spec_mark_is_well_formed():
    specifications.collect()


@pytest.mark.parametrize("mark", ["RFC 7636", "RFC 7636 4.6", "§4.6", "RFC 1 §2", "RFC 7636 § 4"])
def test_a_malformed_spec_mark_is_refused(mark: str):
    with pytest.raises(specifications.SpecificationError):
        specifications.read_mark(mark)


def test_marks_on_modules_classes_tests_and_parameters_are_found():
    source = """
pytestmark = pytest.mark.spec("RFC 7636 §4.1")
@pytest.mark.spec("RFC 7636 §4.10")
class TestVerifier:
    @pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.spec("RFC 7636 §4.9"))])
    async def test_it(self): ...
def helper(): ...
"""
    proofs = list(specifications.proofs_in(source, "tests/test_x.py"))
    assert [proof.section for proof in proofs] == ["4.1", "4.10", "4.9"]
    assert {proof.test for proof in proofs} == {"TestVerifier::test_it"}


def test_sections_are_listed_in_the_order_of_the_standard():
    sections = ["4.10", "4.9", "10", "4.9.1"]
    assert sorted(sections, key=specifications.natural) == ["4.9", "4.9.1", "4.10", "10"]


def python_files() -> list[str]:
    return [name for name in FILES if name.endswith(".py")]


def text(name: str) -> str:
    return (ROOT / name).read_bytes().decode("utf-8", errors="replace")
