"""``python -m network_id.button > button.html``: every look of the button, and the HTML to copy."""

from __future__ import annotations

import sys

from network_id.button.page import page

sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]  # also where Windows is asked
sys.stdout.write(page())
