"""Calls to county departments, prompts, and ratings of departments' answers."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_WORD, _MOMENT = sa.String(length=32), sa.DateTime(timezone=True)
_CALLED = sa.text("call_id is not null")


def _of_tasks() -> list[sa.Column[Any]]:
    """Return what is added to the table as it is; a foreign key would cost SQLite a copy of every task."""
    return [
        sa.Column("call_id", sa.Uuid(), nullable=True),
        sa.Column("came_at", _MOMENT, nullable=True),
        sa.Column("rating", _WORD, nullable=True),
        sa.Column("rated_at", _MOMENT, nullable=True),
    ]


def upgrade() -> None:
    """Add the columns and tables."""
    for column in _of_tasks():
        op.add_column("tasks", column)
    op.create_index("ix_tasks_call", "tasks", ["call_id", "department_code"], sqlite_where=_CALLED, postgresql_where=_CALLED)
    op.create_table(
        "calls",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("number", _WORD, nullable=False),
        sa.Column("matter", _WORD, nullable=False),
        sa.Column("urgency", _WORD, nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("called_by", sa.Uuid(), nullable=True),
        sa.Column("called_at", _MOMENT, nullable=False),
        sa.Column("closed_at", _MOMENT, nullable=True),
        sa.Column("closing_sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("(closed_at is null) = (closing_sealed is null)", name=op.f("ck_calls_closed_says_how")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_calls_case_id")),
        sa.ForeignKeyConstraint(["called_by"], ["accounts.id"], name=op.f("fk_calls_called_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
        sa.UniqueConstraint("number", name=op.f("uq_calls_number")),
    )
    op.create_index(op.f("ix_calls_case_id"), "calls", ["case_id"])
    op.create_index("ix_calls_board", "calls", ["closed_at", "called_at", "id"])
    op.create_table(
        "call_numbers",
        sa.Column("street_code", sa.String(length=24), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("street_code", "year", name=op.f("pk_call_numbers")),
    )
    op.create_table(
        "prompts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        sa.Column("kind", _WORD, nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("given_by", sa.Uuid(), nullable=True),
        sa.Column("given_at", _MOMENT, nullable=False),
        sa.Column("due_at", _MOMENT, nullable=True),
        sa.Column("answered_at", _MOMENT, nullable=True),
        sa.Column("answer_sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("kind != 'urge' or task_id is not null", name=op.f("ck_prompts_urges_a_department")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_prompts_case_id")),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_prompts_task_id")),
        sa.ForeignKeyConstraint(["given_by"], ["accounts.id"], name=op.f("fk_prompts_given_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prompts")),
    )
    op.create_index(op.f("ix_prompts_case_id"), "prompts", ["case_id"])


def downgrade() -> None:
    """Take it back; what was called stays as ordinary tasks."""
    for table in ("prompts", "call_numbers", "calls"):
        op.drop_table(table)
    op.drop_index("ix_tasks_call", "tasks")
    for column in reversed(_of_tasks()):
        op.drop_column("tasks", column.name)
