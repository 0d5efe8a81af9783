"""What Alembic runs around each migration: on the connection that ``store.schema`` opened, never on one of its own."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlalchemy import TypeDecorator

from gridmediate.store.models import Base


def _render(kind: str, thing: Any, _autogenerate: Any) -> str | Literal[False]:
    # A migration must read the same in ten years, so it names plain column types and none of ours.
    if kind == "type" and isinstance(thing, TypeDecorator):
        return f"sa.{thing.impl!r}" if type(thing).__module__.startswith("gridmediate.") else False
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    # SQLite changes a table by copying it.
    render_as_batch=True,
    render_item=_render,
    compare_type=True,
    compare_server_default=True,
)
context.run_migrations()
