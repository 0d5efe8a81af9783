"""What was asked around a case (调查): who asked, who was asked, and what was said; the person asked is no party's business."""

from __future__ import annotations

import uuid

from sqlalchemy import ForeignKey, LargeBinary, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from gridmediate.store.columns import At, Key, Ref, Sealed
from gridmediate.store.office import Base


class Investigation(Base):
    """A talk with somebody who knows something, or a look at the place; appended, never edited."""

    __tablename__ = "investigations"
    id: Mapped[Key]
    case_id: Mapped[Ref] = mapped_column(ForeignKey("cases.id"), index=True)
    asked_at: Mapped[At]
    place_sealed: Mapped[Sealed]
    person_sealed: Mapped[Sealed]
    #: A witness, a neighbour, a relation of a party.
    relation_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    text_sealed: Mapped[Sealed]
    asked_by: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("accounts.id"))
    #: Who kept the record, where it was not the one who asked.
    recorder_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    recorded_at: Mapped[At]
