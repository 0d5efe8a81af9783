"""Mediation to its lawful end: agreements with clauses, follow-ups, what runs beside a case, questions to the level above."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_WORD, _MOMENT = sa.String(length=32), sa.DateTime(timezone=True)
_WAITING = ("clause_warn_at", "follow_up_warn_at", "paused_until", "raise_due_at")
_RAISED = sa.text("level != 'cell'")


def _of_cases() -> list[sa.Column[Any]]:
    """Return what is added to the table as it is, which spares SQLite a copy of every case: nothing here points elsewhere."""
    return [
        sa.Column("level", _WORD, nullable=False, server_default="cell"),
        sa.Column("raise_due_at", _MOMENT, nullable=True),
        sa.Column("extension", _WORD, nullable=False, server_default="none"),
        sa.Column("paused_at", _MOMENT, nullable=True),
        sa.Column("paused_until", _MOMENT, nullable=True),
        sa.Column("pause_cause", _WORD, nullable=True),
        sa.Column("consent_needed", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("agreement_state", _WORD, nullable=False, server_default="none"),
        sa.Column("clauses_open", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("clauses_broken", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("clause_due_at", _MOMENT, nullable=True),
        sa.Column("clause_warn_at", _MOMENT, nullable=True),
        sa.Column("follow_ups_open", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("follow_up_due_at", _MOMENT, nullable=True),
        sa.Column("follow_up_warn_at", _MOMENT, nullable=True),
        sa.Column("police_notified_at", _MOMENT, nullable=True),
        sa.Column("safe_contact_sealed", sa.LargeBinary(), nullable=True),
    ]

def _of_parties() -> list[sa.Column[Any]]:
    return [
        sa.Column("is_representative", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("agent_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("notice_on", sa.Date(), nullable=True),
        sa.Column("notice_how", _WORD, nullable=True),
        sa.Column("mediator_choice", _WORD, nullable=True),
        sa.Column("openness", _WORD, nullable=True),
    ]


def upgrade() -> None:
    """Add the columns and tables. What was agreed before counts as in force: its papers lie in the office, signed."""
    for table, columns in (("cases", _of_cases()), ("parties", _of_parties())):
        for column in columns:
            op.add_column(table, column)
    op.execute("update cases set agreement_state = 'in_force' where state in ('agreed_oral', 'agreed_written')")
    op.create_index("ix_cases_raised", "cases", ["level", "street_code", "is_open"],
                    sqlite_where=_RAISED, postgresql_where=_RAISED)
    for name in _WAITING:
        there = sa.text(f"{name} is not null")
        op.create_index(f"ix_cases_{name.removesuffix('_at')}", "cases", [name], sqlite_where=there, postgresql_where=there)
    op.create_table(
        "agreements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("number", _WORD, nullable=False),
        sa.Column("kind", _WORD, nullable=False),
        sa.Column("terms_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("signed", sa.JSON(), nullable=False),
        sa.Column("effect_at", _MOMENT, nullable=True),
        sa.Column("dropped_at", _MOMENT, nullable=True),
        sa.Column("confirmation", _WORD, nullable=False),
        sa.Column("confirmation_at", _MOMENT, nullable=True),
        sa.Column("court_no_sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("dropped_at is null or kind != 'oral' or effect_at is not null",
                           name=op.f("ck_agreements_oral_binds_at_once")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_agreements_case_id")),
        sa.ForeignKeyConstraint(["made_by"], ["accounts.id"], name=op.f("fk_agreements_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreements")),
        sa.UniqueConstraint("number", name=op.f("uq_agreements_number")),
    )
    op.create_index(op.f("ix_agreements_case_id"), "agreements", ["case_id"])
    op.create_table(
        "agreement_numbers",
        sa.Column("community_code", sa.String(length=24), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("community_code", "year", name=op.f("pk_agreement_numbers")),
    )
    op.create_table(
        "clauses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("side", _WORD, nullable=False),
        sa.Column("deed", _WORD, nullable=False),
        sa.Column("what_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("state", _WORD, nullable=False),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("proof_sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("amount_fen is null or amount_fen > 0", name=op.f("ck_clauses_amount_positive")),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreements.id"], name=op.f("fk_clauses_agreement_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_clauses_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clauses")),
    )
    op.create_index(op.f("ix_clauses_agreement_id"), "clauses", ["agreement_id"])
    op.create_index(op.f("ix_clauses_case_id"), "clauses", ["case_id"])
    op.create_table(
        "follow_ups",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("warn_at", _MOMENT, nullable=False),
        sa.Column("done_at", _MOMENT, nullable=True),
        sa.Column("done_by", sa.Uuid(), nullable=True),
        sa.Column("called_off_at", _MOMENT, nullable=True),
        sa.Column("is_kept", sa.Boolean(), nullable=True),
        sa.Column("is_worse", sa.Boolean(), nullable=True),
        sa.Column("applicant_says", _WORD, nullable=True),
        sa.Column("respondent_says", _WORD, nullable=True),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_follow_ups_case_id")),
        sa.ForeignKeyConstraint(["done_by"], ["accounts.id"], name=op.f("fk_follow_ups_done_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_ups")),
    )
    op.create_index(op.f("ix_follow_ups_case_id"), "follow_ups", ["case_id"])
    op.create_index("ix_follow_ups_open", "follow_ups", ["done_at", "called_off_at", "due_at", "case_id"])
    op.create_table(
        "raisings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("from_level", _WORD, nullable=False),
        sa.Column("to_level", _WORD, nullable=False),
        sa.Column("tried_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("asked_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("skipped_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("wanted_by", sa.Date(), nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("taken_up_at", _MOMENT, nullable=True),
        sa.Column("came_down_at", _MOMENT, nullable=True),
        sa.Column("answer_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_raisings_case_id")),
        sa.ForeignKeyConstraint(["asked_by"], ["accounts.id"], name=op.f("fk_raisings_asked_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_raisings")),
    )
    op.create_index(op.f("ix_raisings_case_id"), "raisings", ["case_id"])
    op.create_table(
        "case_links",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("earlier_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_links_case_id")),
        sa.ForeignKeyConstraint(["earlier_id"], ["cases.id"], name=op.f("fk_case_links_earlier_id")),
        sa.PrimaryKeyConstraint("case_id", "earlier_id", name=op.f("pk_case_links")),
    )


def downgrade() -> None:
    """Take it back; cases that were being performed or archived stand where an earlier edition knows them."""
    op.execute("update cases set state = coalesce(outcome, 'agreed_written') where state = 'performing'")
    op.execute("update cases set state = 'closed' where state = 'archived'")
    op.execute("update cases set outcome = 'terminated' where outcome = 'not_performed'")
    for table in ("case_links", "raisings", "follow_ups", "clauses", "agreement_numbers", "agreements"):
        op.drop_table(table)
    op.drop_index("ix_cases_raised", "cases")
    for name in _WAITING:
        op.drop_index(f"ix_cases_{name.removesuffix('_at')}", "cases")
    for table, columns in (("parties", _of_parties()), ("cases", _of_cases())):
        for column in reversed(columns):
            op.drop_column(table, column.name)
