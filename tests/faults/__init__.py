"""Faults on purpose, each with a figure: what the provider promises while things go wrong.

Owns what breaks it: racing clients, kill -9, requests cut off in the middle, clocks apart. The
provider is always the real one, as several processes on one database. ``make faults`` runs them
all and prints a line for each; ``test_*.py`` run short forms of the same functions.
"""
