"""Our side of the OpenID Foundation's conformance suite: plans, browser steps, expectations.

The suite itself is a program of its own that somebody runs somewhere; nothing of it is here. See
docs/conformance.md.
"""
