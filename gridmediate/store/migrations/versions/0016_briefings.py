"""Briefings, and the samples of closed cases whose parties are called."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Make the tables."""
    _briefings()
    _call_backs()


def _briefings() -> None:
    op.create_table(
        "briefings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("place_code", sa.String(length=24), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("corrects_id", sa.Uuid(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("issued_by", sa.Uuid(), nullable=True),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=True),
        sa.Column("file", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("(number is null) = (issued_at is null) and (number is null) = (digest is null)",
                           name=op.f("ck_briefings_issued_whole")),
        sa.CheckConstraint("last_on >= first_on", name=op.f("ck_briefings_days_in_order")),
        sa.ForeignKeyConstraint(["corrects_id"], ["briefings.id"], name=op.f("fk_briefings_corrects_id")),
        sa.ForeignKeyConstraint(["issued_by"], ["accounts.id"], name=op.f("fk_briefings_issued_by")),
        sa.ForeignKeyConstraint(["place_code"], ["areas.code"], name=op.f("fk_briefings_place_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_briefings")),
        sa.UniqueConstraint("place_code", "kind", "first_on", "edition",
                            name=op.f("uq_briefings_place_code_kind_first_on_edition")),
        sa.UniqueConstraint("place_code", "year", "number", name=op.f("uq_briefings_place_code_year_number")),
    )
    op.create_table(
        "briefing_numbers",
        sa.Column("place_code", sa.String(length=24), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("place_code", "year", name=op.f("pk_briefing_numbers")),
    )


def _call_backs() -> None:
    op.create_table(
        "call_back_samples",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("street_code", sa.String(length=24), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("seed", sa.String(length=32), nullable=False),
        sa.Column("asked_size", sa.Integer(), nullable=False),
        sa.Column("frame", sa.JSON(), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.Column("drawn_by", sa.Uuid(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["drawn_by"], ["accounts.id"], name=op.f("fk_call_back_samples_drawn_by")),
        sa.ForeignKeyConstraint(["street_code"], ["areas.code"], name=op.f("fk_call_back_samples_street_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_back_samples")),
        sa.UniqueConstraint("street_code", "first_on", name=op.f("uq_call_back_samples_street_code_first_on")),
    )
    op.create_table(
        "call_back_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sample_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(length=2), nullable=False),
        sa.Column("community_code", sa.String(length=24), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("called_by", sa.Uuid(), nullable=True),
        sa.Column("settled", sa.String(length=32), nullable=True),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("(called_at is null) = (called_by is null)", name=op.f("ck_call_back_lines_called_says_by_whom")),
        sa.ForeignKeyConstraint(["called_by"], ["accounts.id"], name=op.f("fk_call_back_lines_called_by")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_call_back_lines_case_id")),
        sa.ForeignKeyConstraint(["sample_id"], ["call_back_samples.id"], name=op.f("fk_call_back_lines_sample_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_back_lines")),
    )
    op.create_index("ix_call_back_lines_case_id", "call_back_lines", ["case_id"])
    op.create_index("ix_call_back_lines_sample", "call_back_lines", ["sample_id", "position"], unique=True)


def downgrade() -> None:
    """Drop them."""
    op.drop_table("call_back_lines")
    op.drop_table("call_back_samples")
    op.drop_table("briefing_numbers")
    op.drop_table("briefings")
