"""The only SQL: SQLAlchemy Core statements, one file per noun, on PostgreSQL or SQLite.

Owns tables, statements and transactions on the wire. Knows nothing of requests, rules or keys:
what is sealed arrives sealed and leaves sealed.
"""
