from datetime import date
from typing import Final

TODAY: Final = date(2026, 1, 1)
