"""The tests mirror the packages; `support` holds simulators and fixtures."""
