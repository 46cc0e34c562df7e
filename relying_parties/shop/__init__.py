"""A demo shop that knows its customers by network ID alone. What it writes itself is in `app`."""
