"""Phones that keep unsent filings, photos that have come in part, and the key under which a phone sent a photo."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the tables and the column."""
    op.create_table(
        "field_devices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("device", sa.String(length=200), nullable=False),
        sa.Column("key_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(revoked_at is null) = (key_sealed is not null)",
                           name=op.f("ck_field_devices_revoked_opens_nothing")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_field_devices_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_field_devices")),
    )
    op.create_index("ix_field_devices_account", "field_devices", ["account_id", "revoked_at", "last_seen_at"])
    op.create_table(
        "photo_parts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("filing_key", sa.Uuid(), nullable=False),
        sa.Column("photo_key", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.Integer(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("total_bytes", sa.Integer(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("size_bytes > 0 and starts_at >= 0 and starts_at + size_bytes <= total_bytes",
                           name=op.f("ck_photo_parts_within_the_photo")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_photo_parts_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photo_parts")),
        sa.UniqueConstraint("account_id", "filing_key", "photo_key", "starts_at",
                            name=op.f("uq_photo_parts_account_id_filing_key_photo_key_starts_at")),
    )
    op.create_index("ix_photo_parts_sent_at", "photo_parts", ["sent_at"])
    op.add_column("attachments", sa.Column("upload_key", sa.Uuid(), nullable=True))
    op.create_index(
        "uq_attachments_upload", "attachments", ["case_id", "upload_key"], unique=True,
        sqlite_where=sa.text("upload_key is not null"), postgresql_where=sa.text("upload_key is not null"))


def downgrade() -> None:
    """Drop them."""
    op.drop_index("uq_attachments_upload", "attachments")
    op.drop_column("attachments", "upload_key")
    op.drop_table("photo_parts")
    op.drop_table("field_devices")
