"""What stands on the other side of a sign-in: the SDK that platforms install, and demo platforms.

Owns the relying party's half of the protocol. Never imports ``idp``: the two meet over HTTP only.
"""
