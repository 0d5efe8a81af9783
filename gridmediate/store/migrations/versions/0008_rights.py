"""Invited persons, challenges, notes of interference, and pictures kept with a case."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def _belongs(table: str, **to: str) -> list[sa.ForeignKeyConstraint]:
    return [sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}")) for column, target in to.items()]


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "guests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("studio", sa.String(length=60), nullable=True),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("applicant_agrees", sa.Boolean(), nullable=True),
        sa.Column("respondent_agrees", sa.Boolean(), nullable=True),
        sa.Column("agreed_on", sa.Date(), nullable=True),
        sa.Column("seat_id", sa.Uuid(), nullable=True),
        sa.Column("invited_by", sa.Uuid(), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("seat_id is null or agreed_on is not null", name=op.f("ck_guests_seated_with_consent")),
        *_belongs("guests", case_id="cases.id", seat_id="team_seats.id", invited_by="accounts.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guests")),
    )
    op.create_index("ix_guests_case_id", "guests", ["case_id"])
    op.create_table(
        "challenges",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("seat_id", sa.Uuid(), nullable=False),
        sa.Column("raised_by_side", sa.String(length=32), nullable=True),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raised_by", sa.Uuid(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("is_upheld", sa.Boolean(), nullable=True),
        sa.Column("decision_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("replaced_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(decided_at is null) = (is_upheld is null)", name=op.f("ck_challenges_decided_says_how")),
        *_belongs("challenges", case_id="cases.id", seat_id="team_seats.id", raised_by="accounts.id", decided_by="accounts.id",
                  replaced_by="team_seats.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_challenges")),
    )
    op.create_index("ix_challenges_case_id", "challenges", ["case_id"])
    is_open = sa.text("decided_at is null")
    op.create_index("uq_challenges_open_seat", "challenges", ["seat_id"], unique=True, sqlite_where=is_open,
                    postgresql_where=is_open)
    op.create_table(
        "interference_notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("noted_by", sa.Uuid(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=False),
        *_belongs("interference_notes", case_id="cases.id", noted_by="accounts.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interference_notes")),
    )
    op.create_table(
        "attachments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("mime", sa.String(length=32), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(removed_at is null) = (content_sealed is not null)", name=op.f("ck_attachments_removed_is_gone")),
        *_belongs("attachments", case_id="cases.id", agreement_id="agreements.id", added_by="accounts.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
    )
    op.create_index("ix_attachments_case_id", "attachments", ["case_id"])


def downgrade() -> None:
    """Drop the tables."""
    for table in ("attachments", "interference_notes", "challenges", "guests"):
        op.drop_table(table)
