"""Mediation sessions with their minutes, and the secret addresses of calendars."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "mediation_sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("community_code", sa.String(length=24), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("held_as", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("planned_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("planned_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("room", sa.String(length=40), nullable=True),
        sa.Column("elsewhere_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("planned_by", sa.Uuid(), nullable=True),
        sa.Column("attendance", sa.JSON(), nullable=False),
        sa.Column("statements_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("points_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("undisputed_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("proposal_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("result_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("planned_to > planned_from", name=op.f("ck_mediation_sessions_ends_after_it_begins")),
        sa.CheckConstraint("room is not null or elsewhere_sealed is not null", name=op.f("ck_mediation_sessions_is_somewhere")),
        sa.CheckConstraint("(state = 'held') = (held_as is not null)", name=op.f("ck_mediation_sessions_held_says_which")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_mediation_sessions_case_id")),
        sa.ForeignKeyConstraint(["planned_by"], ["accounts.id"], name=op.f("fk_mediation_sessions_planned_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mediation_sessions")),
        sa.UniqueConstraint("case_id", "number", name=op.f("uq_mediation_sessions_case_id_number")),
    )
    op.create_index("ix_mediation_sessions_community", "mediation_sessions", ["community_code", "planned_from"])
    op.create_index("ix_mediation_sessions_from", "mediation_sessions", ["planned_from"])
    op.create_table(
        "calendar_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_calendar_links_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_links_token_hash")),
    )
    live = sa.text("revoked_at is null")
    op.create_index("uq_calendar_links_account", "calendar_links", ["account_id"], unique=True, sqlite_where=live,
                    postgresql_where=live)


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("calendar_links")
    op.drop_table("mediation_sessions")
