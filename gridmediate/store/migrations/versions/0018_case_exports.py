"""Lists of cases that are taken out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "case_exports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("export_no", sa.String(length=24), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("filter_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("purpose_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("form", sa.String(length=32), nullable=False),
        sa.Column("street_code", sa.String(length=24), nullable=True),
        sa.Column("county_code", sa.String(length=24), nullable=False),
        sa.Column("rows_asked", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.CheckConstraint("decided_by is null or decided_by <> asked_by", name=op.f("ck_case_exports_decided_by_another")),
        sa.CheckConstraint("(state = 'waiting') = (decided_at is null)", name=op.f("ck_case_exports_decided_says_when")),
        sa.CheckConstraint("state <> 'granted' or rows_asked <= 200 or decided_by is not null",
                           name=op.f("ck_case_exports_second_person")),
        sa.ForeignKeyConstraint(["asked_by"], ["accounts.id"], name=op.f("fk_case_exports_asked_by")),
        sa.ForeignKeyConstraint(["decided_by"], ["accounts.id"], name=op.f("fk_case_exports_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_exports")),
        sa.UniqueConstraint("export_no", name=op.f("uq_case_exports_export_no")),
    )
    op.create_index("ix_case_exports_asked_by", "case_exports", ["asked_by", "asked_at"])
    op.create_index("ix_case_exports_state", "case_exports", ["state", "county_code", "asked_at"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("case_exports")
