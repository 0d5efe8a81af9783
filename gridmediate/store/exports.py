"""Lists of cases that somebody asked to take out of the house, and who agreed."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from gridmediate.domain.case_exports import ExportForm, ExportState
from gridmediate.store.columns import At, Code, Count, Key, Moment, Ref, Sealed, Word
from gridmediate.store.office import Base


class CaseExport(Base):
    """A list that may be taken as a file by whoever asked, alone or once somebody else agreed."""

    __tablename__ = "case_exports"
    id: Mapped[Key]
    #: Stands in the file and in the record of acts, so that a file that turns up somewhere leads back.
    export_no: Mapped[str] = mapped_column(String(24), unique=True)
    asked_by: Mapped[Ref] = mapped_column(ForeignKey("accounts.id"))
    asked_at: Mapped[At]
    #: The filter as an address's query; sealed, for a list can be narrowed by a name.
    filter_sealed: Mapped[Sealed]
    purpose_sealed: Mapped[Sealed]
    form: Mapped[ExportForm] = mapped_column(Word(ExportForm))
    #: None where the list spans several streets: the county decides then.
    street_code: Mapped[str | None] = mapped_column(String(24))
    county_code: Mapped[Code]
    rows_asked: Mapped[Count]
    state: Mapped[ExportState] = mapped_column(Word(ExportState))
    #: None also where nobody had to decide.
    decided_by: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("accounts.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    taken: Mapped[Count] = mapped_column(default=0)
    __table_args__ = (
        Index("ix_case_exports_asked_by", "asked_by", "asked_at"),
        Index("ix_case_exports_state", "state", "county_code", "asked_at"),
        CheckConstraint("decided_by is null or decided_by <> asked_by", name="decided_by_another"),
        CheckConstraint("(state = 'waiting') = (decided_at is null)", name="decided_says_when"),
        CheckConstraint("state <> 'granted' or rows_asked <= 200 or decided_by is not null", name="second_person"),
    )
