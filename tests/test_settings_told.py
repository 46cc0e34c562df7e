"""What operators read about settings, held against the settings themselves."""

from itertools import zip_longest
from pathlib import Path

from idp.settings import Settings


def test_operators_read_of_every_setting_and_its_default():
    page = (Path(__file__).parents[1] / "docs" / "operators.md").read_text(encoding="utf-8")
    rows = [line.split("|") for line in page.splitlines() if line.startswith("| `IDP_")]
    told = {
        name.strip("` "): default.strip("` ")
        for _, names, defaults, *_ in rows
        for name, default in zip_longest(names.split(","), defaults.split(","), fillvalue="")
    }
    fields = {f"IDP_{name}".upper(): field for name, field in Settings.model_fields.items()}
    assert told.keys() == fields.keys()
    for name, field in fields.items():
        default = field.get_default()
        if isinstance(default, bool):
            default = str(default).lower()
        if not field.is_required() and default not in {None, ""}:
            assert told[name] == str(default), name
