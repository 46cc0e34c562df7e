"""One use case per method. Owns the transaction; knows neither HTTP nor SQL.

A service checks by the rules of ``protocol`` and ``domain``, reads and writes through ``storage``,
and answers in domain types. It refuses by raising ``Refusal``.
"""
