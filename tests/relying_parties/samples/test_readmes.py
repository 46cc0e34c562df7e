"""What READMEs and the quickstart say is what the tests run, and have installed."""

import re
import shlex
import tomllib
from hashlib import sha256
from importlib import metadata
from pathlib import Path

import pytest
from network_id import errors
from packaging.requirements import Requirement

from tests.support.samples import ROOT, SAMPLES, blocks, commands, is_installation, names

INDEX = (SAMPLES / "README.md").read_text(encoding="utf-8")
QUICKSTART = ROOT / "docs" / "quickstart.md"


def requirements(name: str) -> list[str]:
    file = SAMPLES / name / "requirements.txt"
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


@pytest.mark.parametrize("name", names())
def test_a_readme_goes_into_its_folder_installs_and_starts(name: str):
    first, *between, last = commands(name)
    assert first == f"cd relying_parties/samples/{name}"
    assert all(is_installation(one) or one.startswith("export ") for one in between)
    assert not is_installation(last)
    program = SAMPLES / name / last.split()[1]
    assert program.exists(), f"{last!r} starts no file of the sample"


def what_ours_needs(line: str, below: Path) -> list[str]:
    """Return what a distribution of this checkout, such as ``../../sdk[flask]``, brings along."""
    place, _, extra = line.removesuffix("]").partition("[")
    file = below / place / "pyproject.toml"
    project = tomllib.loads(file.read_text(encoding="utf-8"))["project"]
    # pip installs a distribution without an extra that it does not know, and only warns.
    optional = project.get("optional-dependencies", {})[extra] if extra else []
    return [*project["dependencies"], *optional]


@pytest.mark.parametrize("name", [name for name in names() if requirements(name)])
def test_what_a_sample_installs_is_what_it_is_tested_with(name: str):
    for line in requirements(name):
        check_installed(line, SAMPLES / name)


def check_installed(line: str, below: Path) -> None:
    for one in what_ours_needs(line, below) if line.startswith(".") else [line]:
        wanted = Requirement(one)
        assert wanted.specifier.contains(metadata.version(wanted.name)), one


def test_the_readme_alone_leads_to_a_login_by_the_same_code_as_the_quickstart():
    (install, app, start, *_) = [one for one in blocks(QUICKSTART) if one != ("sh", "make demo\n")]
    told = blocks(ROOT / "README.md")
    at = told.index(install)
    assert told[at : at + 3] == [install, app, start]
    assert start == ("sh", "uvicorn app:app\n")


def test_what_the_quickstart_installs_is_what_it_is_tested_with():
    install = blocks(QUICKSTART)[1][1].splitlines()
    (line,) = [shlex.split(line) for line in install if line.startswith("pip install ")]
    for one in line[2:]:
        check_installed(one, ROOT)


def test_the_codes_that_the_quickstart_explains_are_those_of_the_sdk():
    told = re.findall(r"(?m)^\| `([a-z-]+)` \|", QUICKSTART.read_text(encoding="utf-8"))
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    names = {kind.__name__.removesuffix("Error").lower() for kind in kinds}
    assert told
    assert [code for code in told if code.replace("-", "") not in names] == []


PAGES = [QUICKSTART, SAMPLES / "README.md", *(SAMPLES / name / "README.md" for name in names())]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_link_of_these_pages_is_dead(page: Path):
    for path, place in re.findall(r"\]\((?!https:)([^)#]*)(#[^)]*)?\)", page.read_text("utf-8")):
        target = page.parent / path if path else page
        assert target.exists(), path
        if place:
            heads = re.findall(r"(?m)^#+ (.*)$", target.read_text(encoding="utf-8"))
            assert place[1:] in {
                re.sub(r"[^a-z0-9 -]", "", h.lower()).replace(" ", "-") for h in heads
            }


def test_the_index_names_every_sample_and_no_other():
    assert sorted(re.findall(r"\| \[(\w+)\]\(\1/README\.md\)", INDEX)) == names()


def test_the_page_has_its_library_as_it_was_published():
    ours = (SAMPLES / "spa/static/oauth4webapi.js").read_text(encoding="utf-8")
    told = (SAMPLES / "spa/README.md").read_text(encoding="utf-8")
    assert sha256(ours.encode()).hexdigest() in told
    published = SAMPLES / "express/node_modules/oauth4webapi"
    if published.exists():  # openid-client for Node brings it along
        theirs = (published / "build/index.js").read_text(encoding="utf-8")
        assert ours == theirs.replace("//# sourceMappingURL=index.js.map", "")
