"""The rotation drill: two servers, three platforms, ten rotations, a theft, and many kills.

Owns what it takes to play a year of keys in minutes: a clock that runs fast, servers that die where
they are told to, an address before them, platforms that keep the JWKS as their libraries do. All of
the product in it is the real one.
"""
