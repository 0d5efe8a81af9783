"""Corrected issues of frozen returns; indexes that answer for late cases of past months and for clocks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

_FIRST, _EACH = "uq_frozen_returns_place_code_period", "uq_frozen_returns_place_code_period_revision"
_LATE = ("street_code", "due_at", "cell_code", "state", "t2_code")


def _checks() -> tuple[sa.CheckConstraint]:
    # SQLite copies the table and would forget its check.
    return (sa.CheckConstraint("last_on >= first_on", name=op.f("ck_frozen_returns_days_in_order")),)


def upgrade() -> None:
    """Number the issues of a place and period."""
    with op.batch_alter_table("frozen_returns", table_args=_checks()) as table:
        table.add_column(sa.Column("revision", sa.Integer(), nullable=False, server_default="0"))
        table.drop_constraint(op.f(_FIRST), type_="unique")
        table.create_unique_constraint(op.f(_EACH), ["place_code", "period", "revision"])
    _index_late(*_LATE, "status_since")
    op.drop_index("ix_case_clocks_case_id", "case_clocks")
    op.create_index("ix_case_clocks_case", "case_clocks", ["case_id", "kind", "started_at", "due_at", "ended_at"])


def _index_late(*columns: str) -> None:
    op.drop_index("ix_cases_late", "cases")
    op.create_index("ix_cases_late", "cases", list(columns), sqlite_where=sa.text("due_at is not null"),
                    postgresql_where=sa.text("due_at is not null"))


def downgrade() -> None:
    """Keep what was issued first."""
    op.execute("DELETE FROM frozen_returns WHERE revision > 0")
    with op.batch_alter_table("frozen_returns", table_args=_checks()) as table:
        table.drop_constraint(op.f(_EACH), type_="unique")
        table.create_unique_constraint(op.f(_FIRST), ["place_code", "period"])
        table.drop_column("revision")
    _index_late(*_LATE)
    op.drop_index("ix_case_clocks_case", "case_clocks")
    op.create_index("ix_case_clocks_case_id", "case_clocks", ["case_id"])
