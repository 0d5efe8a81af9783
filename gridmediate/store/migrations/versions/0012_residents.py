"""The resident's door: requests, codes to follow with and their sessions, what a side says on its own page."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_TEXTS = ("facts", "place", "name", "phone", "behalf", "other", "wish")


def upgrade() -> None:
    """Make the tables."""
    _requests()
    _following()
    _loosen(nullable=True)


def _requests() -> None:
    op.create_table(
        "mediation_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_no", sa.String(length=24), nullable=False),
        sa.Column("cell_code", sa.String(length=24), nullable=False),
        sa.Column("community_code", sa.String(length=24), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("form_key", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("for_whom", sa.String(length=32), nullable=False),
        sa.Column("head_code", sa.String(length=4), nullable=True),
        *(sa.Column(f"{name}_sealed", sa.LargeBinary(), nullable=True) for name in _TEXTS),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("declined_as", sa.String(length=32), nullable=True),
        sa.Column("reply_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'filed') = (case_id is not null)", name=op.f("ck_mediation_requests_filed_is_a_case")),
        sa.CheckConstraint("(state = 'declined') = (declined_as is not null)",
                           name=op.f("ck_mediation_requests_declined_says_why")),
        sa.ForeignKeyConstraint(["decided_by"], ["accounts.id"], name=op.f("fk_mediation_requests_decided_by")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_mediation_requests_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mediation_requests")),
        sa.UniqueConstraint("request_no", name=op.f("uq_mediation_requests_request_no")),
        sa.UniqueConstraint("form_key", name=op.f("uq_mediation_requests_form_key")),
    )
    waiting = sa.text("state = 'waiting'")
    op.create_index("ix_mediation_requests_waiting", "mediation_requests", ["community_code", "due_at"],
                    sqlite_where=waiting, postgresql_where=waiting)


def _following() -> None:
    op.create_table(
        "follow_codes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("side", sa.String(length=32), nullable=False),
        sa.Column("code_index", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("request_id is not null or case_id is not null", name=op.f("ck_follow_codes_opens_something")),
        sa.ForeignKeyConstraint(["request_id"], ["mediation_requests.id"], name=op.f("fk_follow_codes_request_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_follow_codes_case_id")),
        sa.ForeignKeyConstraint(["made_by"], ["accounts.id"], name=op.f("fk_follow_codes_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_codes")),
    )
    holds = sa.text("ended_at is null")
    op.create_index(op.f("ix_follow_codes_code_index"), "follow_codes", ["code_index"])
    op.create_index("uq_follow_codes_request", "follow_codes", ["request_id"], unique=True,
                    sqlite_where=holds, postgresql_where=holds)
    op.create_index("uq_follow_codes_case_side", "follow_codes", ["case_id", "side"], unique=True,
                    sqlite_where=holds, postgresql_where=holds)
    op.create_table(
        "follow_sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("code_id", sa.Uuid(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["code_id"], ["follow_codes.id"], name=op.f("fk_follow_sessions_code_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_follow_sessions_token_hash")),
    )
    op.create_index(op.f("ix_follow_sessions_code_id"), "follow_sessions", ["code_id"])
    op.create_table(
        "side_sayings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("side", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.Column("sitting_id", sa.Uuid(), nullable=True),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("picture_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("picture_digest", sa.LargeBinary(length=32), nullable=True),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(request_id is null) <> (case_id is null)", name=op.f("ck_side_sayings_of_one_matter")),
        sa.CheckConstraint("(picture_sealed is null) = (picture_digest is null)", name=op.f("ck_side_sayings_picture_whole")),
        sa.ForeignKeyConstraint(["request_id"], ["mediation_requests.id"], name=op.f("fk_side_sayings_request_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_side_sayings_case_id")),
        sa.ForeignKeyConstraint(["sitting_id"], ["mediation_sessions.id"], name=op.f("fk_side_sayings_sitting_id")),
        sa.ForeignKeyConstraint(["done_by"], ["accounts.id"], name=op.f("fk_side_sayings_done_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_side_sayings")),
    )
    op.create_index(op.f("ix_side_sayings_request_id"), "side_sayings", ["request_id"])
    op.create_index(op.f("ix_side_sayings_case_id"), "side_sayings", ["case_id"])


def _loosen(*, nullable: bool) -> None:
    """Let a notice be about a request and a challenge be raised by the side itself, or take that back."""
    checks = (sa.CheckConstraint("(decided_at is null) = (is_upheld is null)", name=op.f("ck_challenges_decided_says_how")),)
    with op.batch_alter_table("notices") as notices:
        notices.alter_column("case_id", existing_type=sa.Uuid(), nullable=nullable)
    with op.batch_alter_table("challenges", table_args=checks) as challenges:
        challenges.alter_column("raised_by", existing_type=sa.Uuid(), nullable=nullable)


def downgrade() -> None:
    """Drop the tables, and with them what only the newer edition can hold."""
    op.execute(sa.text("delete from notice_deliveries where notice_id in (select id from notices where case_id is null)"))
    op.execute(sa.text("delete from notices where case_id is null"))
    op.execute(sa.text("delete from challenges where raised_by is null"))
    _loosen(nullable=False)
    for table in ("side_sayings", "follow_sessions", "follow_codes", "mediation_requests"):
        op.drop_table(table)
