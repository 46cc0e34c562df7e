"""What a client can ask tokens for: one file per grant type, each one ordered list of checks.

Owns how a grant is found, judged and used up. Never authenticates a client and never signs: the
token endpoint's pipeline does the first before, the second after.
"""
