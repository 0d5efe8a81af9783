"""Joint meetings with their cases, and the steps where domestic violence is suspected."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "joint_meetings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("place_code", sa.String(length=24), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("place", sa.String(length=60), nullable=False),
        sa.Column("convened_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["convened_by"], ["accounts.id"], name=op.f("fk_joint_meetings_convened_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_joint_meetings")),
    )
    op.create_index("ix_joint_meetings_place", "joint_meetings", ["place_code", "held_on", "id"])
    op.create_table(
        "meeting_items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("why_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("outcome", sa.String(length=32), nullable=True),
        sa.Column("decision_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("parts_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("lead_department", sa.String(length=24), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(outcome is null) = (decided_at is null)", name=op.f("ck_meeting_items_decided_says_how")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_meeting_items_case_id")),
        sa.ForeignKeyConstraint(["lead_department"], ["departments.code"], name=op.f("fk_meeting_items_lead_department")),
        sa.ForeignKeyConstraint(["meeting_id"], ["joint_meetings.id"], name=op.f("fk_meeting_items_meeting_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_items")),
        sa.UniqueConstraint("meeting_id", "case_id", name=op.f("uq_meeting_items_meeting_id_case_id")),
    )
    op.create_index("ix_meeting_items_case_id", "meeting_items", ["case_id"])
    op.create_table(
        "safety_steps",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_by", sa.Uuid(), nullable=True),
        sa.Column("party_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_safety_steps_case_id")),
        sa.ForeignKeyConstraint(["done_by"], ["accounts.id"], name=op.f("fk_safety_steps_done_by")),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name=op.f("fk_safety_steps_party_id")),
        sa.PrimaryKeyConstraint("case_id", "code", name=op.f("pk_safety_steps")),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("safety_steps")
    op.drop_table("meeting_items")
    op.drop_table("joint_meetings")
