"""Returns of a place and period, kept as issued."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "frozen_returns",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("place_code", sa.String(length=24), nullable=False),
        sa.Column("period", sa.String(length=24), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.Uuid(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint("last_on >= first_on", name=op.f("ck_frozen_returns_days_in_order")),
        sa.ForeignKeyConstraint(["issued_by"], ["accounts.id"], name=op.f("fk_frozen_returns_issued_by")),
        sa.ForeignKeyConstraint(["place_code"], ["areas.code"], name=op.f("fk_frozen_returns_place_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_frozen_returns")),
        sa.UniqueConstraint("place_code", "period", name=op.f("uq_frozen_returns_place_code_period")),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("frozen_returns")
