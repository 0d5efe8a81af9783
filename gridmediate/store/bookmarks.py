"""Views of the map that a person keeps under a name."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gridmediate.store.columns import At, Key, Ref
from gridmediate.store.office import Base


class MapBookmark(Base):
    """The query of a map's address, under a name of its owner's."""

    __tablename__ = "map_bookmarks"
    id: Mapped[Key]
    account_id: Mapped[Ref] = mapped_column(ForeignKey("accounts.id"))
    name: Mapped[str] = mapped_column(String(60))
    query: Mapped[dict[str, Any]] = mapped_column(JSON)
    made_at: Mapped[At]
    __table_args__ = (UniqueConstraint("account_id", "name"),)
