"""``python -m network_id_simulator`` is ``networkid``."""

import sys

from network_id_simulator.cli import main

sys.exit(main())
