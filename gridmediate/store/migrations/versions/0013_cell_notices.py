"""Public notices to cells, and the phones of a place that everybody may know."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "cell_notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("street_code", sa.String(length=24), nullable=False),
        sa.Column("title", sa.String(length=40), nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("published_by", sa.Uuid(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("last_on >= first_on", name=op.f("ck_cell_notices_days_in_order")),
        sa.CheckConstraint("(ended_at is null) = (ended_by is null)", name=op.f("ck_cell_notices_ended_says_by_whom")),
        sa.ForeignKeyConstraint(["ended_by"], ["accounts.id"], name=op.f("fk_cell_notices_ended_by")),
        sa.ForeignKeyConstraint(["published_by"], ["accounts.id"], name=op.f("fk_cell_notices_published_by")),
        sa.ForeignKeyConstraint(["street_code"], ["areas.code"], name=op.f("fk_cell_notices_street_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cell_notices")),
    )
    op.create_index("ix_cell_notices_street", "cell_notices", ["street_code", "last_on", "id"])
    op.create_table(
        "cell_notice_places",
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("place_code", sa.String(length=24), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["cell_notices.id"], name=op.f("fk_cell_notice_places_notice_id")),
        sa.PrimaryKeyConstraint("notice_id", "place_code", name=op.f("pk_cell_notice_places")),
    )
    op.create_index("ix_cell_notice_places_place_code", "cell_notice_places", ["place_code"])
    op.create_table(
        "public_phones",
        sa.Column("place_code", sa.String(length=24), nullable=False),
        sa.Column("office_phone", sa.String(length=24), nullable=True),
        sa.Column("complaint_phone", sa.String(length=24), nullable=True),
        sa.CheckConstraint("office_phone is not null or complaint_phone is not null",
                           name=op.f("ck_public_phones_holds_a_phone")),
        sa.PrimaryKeyConstraint("place_code", name=op.f("pk_public_phones")),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("public_phones")
    op.drop_table("cell_notice_places")
    op.drop_table("cell_notices")
