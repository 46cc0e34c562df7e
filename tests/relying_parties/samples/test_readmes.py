"""What the samples' READMEs say is what the tests run, and have installed."""

import re
import tomllib
from hashlib import sha256
from importlib import metadata

import pytest
from packaging.requirements import Requirement

from tests.support.samples import SAMPLES, commands, is_installation, names

INDEX = (SAMPLES / "README.md").read_text(encoding="utf-8")


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


def what_ours_needs(line: str, name: str) -> list[str]:
    """Return what a distribution of this checkout, such as ``../../sdk[flask]``, brings along."""
    place, _, extra = line.removesuffix("]").partition("[")
    file = SAMPLES / name / place / "pyproject.toml"
    project = tomllib.loads(file.read_text(encoding="utf-8"))["project"]
    # pip installs a distribution without an extra that it does not know, and only warns.
    optional = project.get("optional-dependencies", {})[extra] if extra else []
    return [*project["dependencies"], *optional]


@pytest.mark.parametrize("name", [name for name in names() if requirements(name)])
def test_what_a_sample_installs_is_what_it_is_tested_with(name: str):
    for line in requirements(name):
        for one in what_ours_needs(line, name) if line.startswith("../") else [line]:
            wanted = Requirement(one)
            assert wanted.specifier.contains(metadata.version(wanted.name)), one


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
