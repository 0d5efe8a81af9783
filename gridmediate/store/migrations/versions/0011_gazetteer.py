"""The book of place names, and the number of its edition."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make the table; homes that exist have an empty book."""
    op.create_table(
        "gazetteer_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("aliases", sa.JSON(), nullable=False),
        sa.Column("building", sa.String(length=24), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("street_code", sa.String(length=24), nullable=False),
        sa.Column("cell_code", sa.String(length=24), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("raw_lon", sa.Double(), nullable=True),
        sa.Column("raw_lat", sa.Double(), nullable=True),
        sa.Column("datum", sa.String(length=32), nullable=False),
        sa.Column("pinyin", sa.JSON(), nullable=False),
        sa.Column("initials", sa.JSON(), nullable=False),
        sa.Column("source", sa.String(length=120), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(lon is null) = (lat is null)", name=op.f("ck_gazetteer_entries_point_whole")),
        sa.CheckConstraint("cell_code is not null or lon is not null", name=op.f("ck_gazetteer_entries_somewhere")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gazetteer_entries")),
    )
    op.create_index("ix_gazetteer_entries_in_force", "gazetteer_entries", ["ended_at", "street_code"])
    with op.batch_alter_table("home") as home:
        home.add_column(sa.Column("gazetteer_edition", sa.Integer(), nullable=True))
    op.execute(sa.text("update home set gazetteer_edition = 0"))
    with op.batch_alter_table("home") as home:
        home.alter_column("gazetteer_edition", nullable=False)


def downgrade() -> None:
    """Drop the table and the number."""
    with op.batch_alter_table("home") as home:
        home.drop_column("gazetteer_edition")
    op.drop_table("gazetteer_entries")
