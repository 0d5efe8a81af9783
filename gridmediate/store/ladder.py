"""What was climbed of the ladder of clocks, and which program looks after it."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from gridmediate.domain.ladder import Rung, Subject
from gridmediate.store.columns import At, Ref, Word
from gridmediate.store.office import Base


class ClimbedStep(Base):
    """A step of the ladder that was climbed: once for each clock, whoever sweeps however often.

    ``subject_id`` is the case's or the task's. The two moments tell a clock from an extended or a new one.
    """

    __tablename__ = "ladder_steps"
    case_id: Mapped[Ref] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    subject_id: Mapped[Ref] = mapped_column(primary_key=True)
    subject: Mapped[Subject] = mapped_column(Word(Subject), primary_key=True)
    due_at: Mapped[At] = mapped_column(primary_key=True)
    warn_at: Mapped[At] = mapped_column(primary_key=True)
    rung: Mapped[Rung] = mapped_column(Word(Rung), primary_key=True)
    climbed_at: Mapped[At]


class Lease(Base):
    """Who does a job for the home, and until when nobody else may begin it."""

    __tablename__ = "leases"
    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    holder: Mapped[str] = mapped_column(String(80))
    until: Mapped[At]
