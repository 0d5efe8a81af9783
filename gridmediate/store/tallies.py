"""The tallies of cells: what leaders' maps and tables read instead of the cases."""

from __future__ import annotations

from typing import Annotated

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from gridmediate.store.columns import Code, Count
from gridmediate.store.office import Base

Done = Annotated[int, mapped_column(Integer, default=0, server_default="0")]


class CellTally(Base):
    """Counts per cell, kept in the transaction that changes a case: flows per month, and their running sum as month 0.

    ``head`` is a T2 head or "" for all; rows of "~" count the changes of a month's cells (:mod:`gridmediate.store.rollup`). The
    late columns count cases that left a stage after its due moment, entered in the month in which they became late and taken out
    in the month in which they left. The columns from ``filings`` on count what was done in the month
    (:mod:`gridmediate.domain.deeds`); month 0 holds none of it.
    """

    __tablename__ = "cell_tallies"
    month: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    head: Mapped[str] = mapped_column(String(2), primary_key=True)
    cell_code: Mapped[Code] = mapped_column(primary_key=True)
    street_code: Mapped[Code]
    filed: Mapped[Count] = mapped_column(default=0)
    accepted: Mapped[Count] = mapped_column(default=0)
    mediating: Mapped[Count] = mapped_column(default=0)
    settled: Mapped[Count] = mapped_column(default=0)
    ended: Mapped[Count] = mapped_column(default=0)
    late_filed: Mapped[Count] = mapped_column(default=0)
    late_accepted: Mapped[Count] = mapped_column(default=0)
    late_mediating: Mapped[Count] = mapped_column(default=0)
    filings: Mapped[Done]
    repeats: Mapped[Done]
    dispatched: Mapped[Done]
    returned: Mapped[Done]
    kept: Mapped[Done]
    kept_late: Mapped[Done]
    broken: Mapped[Done]
    calls: Mapped[Done]
    settled_cell: Mapped[Done]
    settled_community: Mapped[Done]
    settled_street: Mapped[Done]
    settled_county: Mapped[Done]
    days_3: Mapped[Done]
    days_7: Mapped[Done]
    days_15: Mapped[Done]
    days_30: Mapped[Done]
    days_60: Mapped[Done]
    days_more: Mapped[Done]
    # The rows lie in the key itself, so that a month's cells are read in one stretch; PostgreSQL keeps them as it does.
    __table_args__ = ({"sqlite_with_rowid": False},)
