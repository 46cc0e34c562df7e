"""A demo forum for adults that asks one question: over 18? What it writes itself is in `app`."""
