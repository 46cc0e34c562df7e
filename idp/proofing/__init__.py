"""Adapters that establish who somebody is, once. Each is one file that yields ``Proof``.

Nothing here is stored: a proof is used to find or create one account and then dropped.
"""
