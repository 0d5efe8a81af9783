"""Bookmarks of map views."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "map_bookmarks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("query", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_map_bookmarks_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_map_bookmarks")),
        sa.UniqueConstraint("account_id", "name", name=op.f("uq_map_bookmarks_account_id_name")),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("map_bookmarks")
