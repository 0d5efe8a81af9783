"""A street for the services, on each kind of database."""

from tests.rig.world import _postgres_street, postgres_street_url, sqlite_street_url, street_file, street_url, world

__all__ = ["_postgres_street", "postgres_street_url", "sqlite_street_url", "street_file", "street_url", "world"]
