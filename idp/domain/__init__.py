"""Facts and rules of the identity domain: network IDs, ages, seals, blind indexes.

Owns what stays true whatever the wire or the database looks like. Never logs, never does I/O,
never reads a clock or a random source of its own: both are passed in.
"""
