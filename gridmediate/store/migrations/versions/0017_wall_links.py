"""Addresses of walls."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "wall_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("street_code", sa.String(length=24), nullable=False),
        sa.Column("wall", sa.String(length=40), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ends_at > made_at", name=op.f("ck_wall_links_ends_after_made")),
        sa.CheckConstraint("(withdrawn_at is null) = (withdrawn_by is null)", name=op.f("ck_wall_links_withdrawn_says_by_whom")),
        sa.ForeignKeyConstraint(["made_by"], ["accounts.id"], name=op.f("fk_wall_links_made_by")),
        sa.ForeignKeyConstraint(["street_code"], ["areas.code"], name=op.f("fk_wall_links_street_code")),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["accounts.id"], name=op.f("fk_wall_links_withdrawn_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wall_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_wall_links_token_hash")),
    )
    op.create_index("ix_wall_links_street", "wall_links", ["street_code", "ends_at"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("wall_links")
