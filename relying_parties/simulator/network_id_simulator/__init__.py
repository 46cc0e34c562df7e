"""A network ID provider for platforms' own tests: in memory, ready in a second, wrong on demand.

Never imports ``idp``: what a platform sees of a provider is on the wire.
"""
