"""The ladder of clocks: what was climbed, where the clocks are found, and whose turn it is to look."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

#: Name → table, columns, and the condition on SQLite and on PostgreSQL.
_INDEXES = {
    "ix_cases_clock": ("cases", ["warn_at", "due_at", "id"], "due_at is not null", "due_at is not null"),
    "ix_tasks_answer_clock": (
        "tasks", ["state", "answer_warn_at", "answer_due_at", "case_id"], "is_open is 1", "is_open is true"),
    "ix_tasks_sign_clock": ("tasks", ["state", "sign_due_at", "case_id"], "is_open is 1", "is_open is true"),
}


def upgrade() -> None:
    """Make the tables and the indexes."""
    op.create_table(
        "ladder_steps",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("warn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rung", sa.String(length=32), nullable=False),
        sa.Column("climbed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_ladder_steps_case_id")),
        sa.PrimaryKeyConstraint(
            "case_id", "subject_id", "subject", "due_at", "warn_at", "rung", name=op.f("pk_ladder_steps")),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("holder", sa.String(length=80), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    for name, (table, columns, on_sqlite, on_postgres) in _INDEXES.items():
        op.create_index(name, table, columns, sqlite_where=sa.text(on_sqlite), postgresql_where=sa.text(on_postgres))


def downgrade() -> None:
    """Drop them; what was told stays in the record of acts."""
    for name, (table, *_) in _INDEXES.items():
        op.drop_index(name, table)
    op.drop_table("leases")
    op.drop_table("ladder_steps")
