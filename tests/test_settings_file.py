"""The file of settings itself: what cannot be read is named, whichever way."""

from pathlib import Path

import pytest

from idp.settings import SETTINGS_FILE, SettingsRefused, load


def test_a_file_of_settings_that_cannot_be_read_is_named(tmp_path: Path):
    file = tmp_path / SETTINGS_FILE
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsRefused, match=f"{file} is not text in UTF-8"):
        load(tmp_path)
    file.unlink()
    file.mkdir()
    with pytest.raises(SettingsRefused, match=f"{file} cannot be read: Is a directory"):
        load(tmp_path)
