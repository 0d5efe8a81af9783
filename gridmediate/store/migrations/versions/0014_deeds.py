"""What is done with cases, counted by cell and month: settled where and after how long, sent back, kept, called."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_DEEDS = (
    "filings", "repeats", "dispatched", "returned", "kept", "kept_late", "broken", "calls", "settled_cell", "settled_community",
    "settled_street", "settled_county", "days_3", "days_7", "days_15", "days_30", "days_60", "days_more",
)


def upgrade() -> None:
    """Add the columns; what was done before stays uncounted, since the record did not say it."""
    for name in _DEEDS:
        op.add_column("cell_tallies", sa.Column(name, sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    """Drop them."""
    for name in reversed(_DEEDS):
        op.drop_column("cell_tallies", name)
