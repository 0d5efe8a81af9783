"""Phones that everybody may know, by place. An account's own phone is its colleagues' and stands elsewhere."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from gridmediate.store.columns import Code
from gridmediate.store.office import Base


class PublicPhones(Base):
    """The phones of a county, a street, a community (its office) or a cell (its worker's duty phone).

    A place without a row takes those of the place above it. Codes outlive a redrawn cell.
    """

    __tablename__ = "public_phones"
    place_code: Mapped[Code] = mapped_column(primary_key=True)
    office_phone: Mapped[str | None] = mapped_column(String(24))
    complaint_phone: Mapped[str | None] = mapped_column(String(24))
    __table_args__ = (
        CheckConstraint("office_phone is not null or complaint_phone is not null", name="holds_a_phone"),
    )
