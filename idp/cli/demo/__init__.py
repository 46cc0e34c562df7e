"""``idp demo``: a provider, two platforms and six citizens on one machine, gone without a trace.

Owns processes, ports and a temporary folder, and gives all of them back whatever ends it. Knows the
platforms by the names of their programs alone; it meets them over HTTP.
"""
