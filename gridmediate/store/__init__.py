"""The records: models, engine, encryption, history, roll-up and queries, on SQLAlchemy 2.

The same on SQLite and PostgreSQL: no triggers, no stored logic, no spatial extension, no statement that spans two counties'
homes. Nothing here decides a rule, and nothing here commits: the caller's transaction does.
"""
