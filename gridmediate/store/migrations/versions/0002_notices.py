"""Notices leave the house: deliveries per channel, what each person wants, and notices for the group of a street."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables, and let what was queued before stay in the inboxes: nobody wants a year of old notices at once."""
    with op.batch_alter_table("notices") as notices:
        notices.add_column(sa.Column("street_code", sa.String(length=24), nullable=True))
        notices.add_column(sa.Column("is_urgent", sa.Boolean(), nullable=True))
        notices.add_column(sa.Column("planned_at", sa.DateTime(timezone=True), nullable=True))
        notices.create_foreign_key(notices.f("fk_notices_street_code"), "areas", ["street_code"], ["code"])
    notices_then = sa.table("notices", sa.column("planned_at"), sa.column("created_at"), sa.column("is_urgent", sa.Boolean()))
    op.execute(notices_then.update().values(planned_at=notices_then.c.created_at, is_urgent=False))
    with op.batch_alter_table("notices") as notices:
        notices.alter_column("is_urgent", existing_type=sa.Boolean(), nullable=False)
        notices.drop_column("sent_at")
        notices.drop_index("ix_notices_account")
        notices.create_index("ix_notices_account", ["account_id", "created_at", "id"])
    unread, unplanned = sa.text("read_at is null"), sa.text("planned_at is null")
    op.create_index(
        "ix_notices_unread", "notices", ["account_id", "case_id"], sqlite_where=unread, postgresql_where=unread)
    op.create_index("ix_notices_unplanned", "notices", ["id"], sqlite_where=unplanned, postgresql_where=unplanned)
    op.create_table(
        "notice_preferences",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channels", sa.JSON(), nullable=False),
        sa.Column("email_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("is_digest", sa.Boolean(), nullable=False),
        sa.Column("wakes_for_urgent", sa.Boolean(), nullable=False),
        sa.Column("quiet_from", sa.Time(), nullable=False),
        sa.Column("quiet_to", sa.Time(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["accounts.id"], name=op.f("fk_notice_preferences_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_preferences")),
    )
    op.create_table(
        "notice_deliveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message_key", sa.Uuid(), nullable=True),
        sa.Column("last_error", sa.String(length=32), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'sent') = (sent_at is not null)", name=op.f("ck_notice_deliveries_sent_says_when")),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_notice_deliveries_notice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_deliveries")),
        sa.UniqueConstraint("notice_id", "channel", name=op.f("uq_notice_deliveries_notice_id_channel")),
    )
    op.create_index(op.f("ix_notice_deliveries_message_key"), "notice_deliveries", ["message_key"])
    op.create_index("ix_notice_deliveries_state", "notice_deliveries", ["state", "next_try_at", "id"])


def downgrade() -> None:
    """Drop the tables; the inboxes stay, but for what was told to a street."""
    op.drop_table("notice_deliveries")
    op.drop_table("notice_preferences")
    op.execute(sa.text("delete from notices where street_code is not null"))
    for index in ("ix_notices_unplanned", "ix_notices_unread", "ix_notices_account"):
        op.drop_index(index, "notices")
    with op.batch_alter_table("notices") as notices:
        notices.add_column(sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True))
        notices.drop_constraint(notices.f("fk_notices_street_code"), type_="foreignkey")
        notices.drop_column("planned_at")
        notices.drop_column("is_urgent")
        notices.drop_column("street_code")
        notices.create_index("ix_notices_account", ["account_id", "created_at"])
