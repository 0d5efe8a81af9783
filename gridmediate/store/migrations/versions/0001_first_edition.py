"""The first edition: places and people, cases and what belongs to them, rules, and the record of acts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("phone", sa.String(length=24), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failed_tries", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("login", name=op.f("uq_accounts_login")),
    )
    op.create_table(
        "areas",
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("level", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("parent_code", sa.String(length=24), nullable=True),
        sa.Column("abbreviation", sa.String(length=8), nullable=True),
        sa.Column("outline", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["parent_code"], ["areas.code"], name=op.f("fk_areas_parent_code")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_areas")),
    )
    op.create_index(op.f("ix_areas_parent_code"), "areas", ["parent_code"])
    op.create_table(
        "calendar_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_working", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_calendar_days")),
    )
    op.create_table(
        "calendar_years",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_calendar_years")),
    )
    op.create_table(
        "case_numbers",
        sa.Column("street_code", sa.String(length=24), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("street_code", "year", name=op.f("pk_case_numbers")),
    )
    op.create_table(
        "cell_tallies",
        sa.Column("month", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("head", sa.String(length=2), nullable=False),
        sa.Column("cell_code", sa.String(length=24), nullable=False),
        sa.Column("street_code", sa.String(length=24), nullable=False),
        sa.Column("filed", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("mediating", sa.Integer(), nullable=False),
        sa.Column("settled", sa.Integer(), nullable=False),
        sa.Column("ended", sa.Integer(), nullable=False),
        sa.Column("late_filed", sa.Integer(), nullable=False),
        sa.Column("late_accepted", sa.Integer(), nullable=False),
        sa.Column("late_mediating", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("month", "head", "cell_code", name=op.f("pk_cell_tallies")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "home",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("county_code", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("is_demonstration", sa.Boolean(), nullable=False),
        sa.Column("grid_edition", sa.Integer(), nullable=False),
        sa.Column("rules_edition", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_home_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_home")),
    )
    op.create_table(
        "rule_rows",
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("code", sa.String(length=48), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "code", name=op.f("pk_rule_rows")),
    )
    op.create_table(
        "try_counts",
        sa.Column("subject", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("counted_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_try_counts")),
    )
    op.create_table(
        "cells",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cell_code", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("community_code", sa.String(length=24), nullable=False),
        sa.Column("street_code", sa.String(length=24), nullable=False),
        sa.Column("households", sa.Integer(), nullable=True),
        sa.Column("area_m2", sa.Double(), nullable=False),
        sa.Column("outline", sa.LargeBinary(), nullable=False),
        sa.Column("west", sa.Double(), nullable=False),
        sa.Column("south", sa.Double(), nullable=False),
        sa.Column("east", sa.Double(), nullable=False),
        sa.Column("north", sa.Double(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("households is null or households >= 0", name=op.f("ck_cells_households_counted")),
        sa.CheckConstraint("valid_to is null or valid_to >= valid_from", name=op.f("ck_cells_term_in_order")),
        sa.ForeignKeyConstraint(["community_code"], ["areas.code"], name=op.f("fk_cells_community_code")),
        sa.ForeignKeyConstraint(["street_code"], ["areas.code"], name=op.f("fk_cells_street_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cells")),
        sa.UniqueConstraint("cell_code", "valid_from", name=op.f("uq_cells_cell_code_valid_from")),
    )
    op.create_index(op.f("ix_cells_street_code"), "cells", ["street_code"])
    op.create_table(
        "departments",
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("area_code", sa.String(length=24), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["area_code"], ["areas.code"], name=op.f("fk_departments_area_code")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_departments")),
    )
    op.create_table(
        "posts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("place_code", sa.String(length=24), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_posts_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posts")),
        sa.UniqueConstraint("account_id", "role", "place_code", "valid_from",
            name=op.f("uq_posts_account_id_role_place_code_valid_from")),
    )
    op.create_index(op.f("ix_posts_account_id"), "posts", ["account_id"])
    op.create_table(
        "roster_terms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cell_code", sa.String(length=24), nullable=False),
        sa.Column("seat", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("is_cover", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("valid_to is null or valid_to >= valid_from", name=op.f("ck_roster_terms_term_in_order")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_roster_terms_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_terms")),
    )
    op.create_index(op.f("ix_roster_terms_account_id"), "roster_terms", ["account_id"])
    op.create_index("ix_roster_terms_cell_code_seat", "roster_terms", ["cell_code", "seat", "valid_from"])
    op.create_table(
        "sign_ins",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("csrf_secret", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("device", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_sign_ins_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ins")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_ins_token_hash")),
    )
    op.create_index(op.f("ix_sign_ins_account_id"), "sign_ins", ["account_id"])
    op.create_table(
        "cases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_no", sa.String(length=24), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=True),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("cell_id", sa.Uuid(), nullable=True),
        sa.Column("cell_code", sa.String(length=24), nullable=True),
        sa.Column("community_code", sa.String(length=24), nullable=True),
        sa.Column("street_code", sa.String(length=24), nullable=False),
        sa.Column("county_code", sa.String(length=24), nullable=False),
        sa.Column("t2_code", sa.String(length=4), nullable=False),
        sa.Column("t1_code", sa.String(length=2), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("willingness", sa.String(length=32), nullable=False),
        sa.Column("flags", sa.JSON(), nullable=False),
        sa.Column("urgency", sa.String(length=32), nullable=False),
        sa.Column("title_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("facts_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("result_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("raw_lon", sa.Double(), nullable=True),
        sa.Column("raw_lat", sa.Double(), nullable=True),
        sa.Column("datum", sa.String(length=32), nullable=False),
        sa.Column("accuracy_m", sa.Double(), nullable=True),
        sa.Column("place_method", sa.String(length=32), nullable=False),
        sa.Column("place_reason", sa.JSON(), nullable=False),
        sa.Column("filed_by", sa.Uuid(), nullable=True),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("client_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("filing_key", sa.Uuid(), nullable=False),
        sa.Column("filing_digest", sa.LargeBinary(length=32), nullable=True),
        sa.Column("external_no", sa.String(length=64), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("warn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_warn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_step", sa.JSON(), nullable=False),
        sa.Column("turn", sa.String(length=32), nullable=False),
        sa.Column("status_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("duplicate_of", sa.Uuid(), nullable=True),
        sa.Column("sessions_held", sa.Integer(), nullable=False),
        sa.CheckConstraint("(lon is null) = (lat is null)", name=op.f("ck_cases_point_whole")),
        sa.CheckConstraint("cell_code is null or community_code is not null", name=op.f("ck_cases_cell_in_community")),
        sa.CheckConstraint("lon is null or (lon between -180 and 180 and lat between -90 and 90)",
            name=op.f("ck_cases_point_on_earth")),
        sa.ForeignKeyConstraint(["cell_id"], ["cells.id"], name=op.f("fk_cases_cell_id")),
        sa.ForeignKeyConstraint(["duplicate_of"], ["cases.id"], name=op.f("fk_cases_duplicate_of")),
        sa.ForeignKeyConstraint(["filed_by"], ["accounts.id"], name=op.f("fk_cases_filed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("case_no", name=op.f("uq_cases_case_no")),
        sa.UniqueConstraint("filed_by", "filing_key", name=op.f("uq_cases_filed_by_filing_key")),
    )
    op.create_index("ix_cases_cell_due", "cases", ["cell_code", "is_open", "next_due_at", "id", "turn"])
    op.create_index("ix_cases_community_closed", "cases", ["community_code", "changed_at", "id"],
            sqlite_where=sa.text("is_open is 0"), postgresql_where=sa.text("is_open is false"))
    op.create_index("ix_cases_community_due", "cases", ["community_code", "is_open", "next_due_at", "id", "turn", "due_at",
            "cell_code"])
    op.create_index("ix_cases_filed_by", "cases", ["filed_by", "filed_at"])
    op.create_index("ix_cases_late", "cases", ["street_code", "due_at", "cell_code", "state", "t2_code"],
            sqlite_where=sa.text("due_at is not null"), postgresql_where=sa.text("due_at is not null"))
    op.create_index("ix_cases_street_closed", "cases", ["street_code", "changed_at", "id"],
            sqlite_where=sa.text("is_open is 0"), postgresql_where=sa.text("is_open is false"))
    op.create_index("ix_cases_street_due", "cases", ["street_code", "is_open", "next_due_at", "id", "turn", "due_at",
            "cell_code"])
    op.create_index("ix_cases_unplaced", "cases", ["street_code", "filed_at"], sqlite_where=sa.text("cell_code is null"),
            postgresql_where=sa.text("cell_code is null"))
    op.create_index("ix_cases_urgent", "cases", ["street_code", "due_at", "cell_code", "t2_code"],
                    sqlite_where=sa.text("urgency = 'urgent' and due_at is not null"),
                    postgresql_where=sa.text("urgency = 'urgent' and due_at is not null"))
    op.create_index("uq_cases_external_no", "cases", ["external_no"], unique=True,
            sqlite_where=sa.text("external_no is not null"), postgresql_where=sa.text("external_no is not null"))
    op.create_table(
        "case_clocks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("warn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("explanation", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_clocks_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_clocks")),
    )
    op.create_index(op.f("ix_case_clocks_case_id"), "case_clocks", ["case_id"])
    op.create_table(
        "history",
        sa.Column("chain", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("act", sa.String(length=48), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("from_state", sa.String(length=32), nullable=True),
        sa.Column("to_state", sa.String(length=32), nullable=True),
        sa.Column("case_version", sa.Integer(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["accounts.id"], name=op.f("fk_history_actor_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_history_case_id")),
        sa.PrimaryKeyConstraint("chain", "seq", name=op.f("pk_history")),
    )
    op.create_index(op.f("ix_history_actor_id"), "history", ["actor_id"])
    op.create_index(op.f("ix_history_at"), "history", ["at"])
    op.create_table(
        "notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("department_code", sa.String(length=24), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("case_no", sa.String(length=24), nullable=False),
        sa.Column("act", sa.String(length=48), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_notices_account_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_notices_case_id")),
        sa.ForeignKeyConstraint(["department_code"], ["departments.code"], name=op.f("fk_notices_department_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    op.create_index("ix_notices_account", "notices", ["account_id", "created_at"])
    op.create_index(op.f("ix_notices_case_id"), "notices", ["case_id"])
    op.create_index("ix_notices_department", "notices", ["department_code", "created_at"])
    op.create_table(
        "parties",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(length=32), nullable=False),
        sa.Column("is_organisation", sa.Boolean(), nullable=False),
        sa.Column("is_minor", sa.Boolean(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("name_index", sa.BigInteger(), nullable=False),
        sa.Column("phone_index", sa.BigInteger(), nullable=True),
        sa.Column("willingness", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_parties_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parties")),
    )
    op.create_index(op.f("ix_parties_case_id"), "parties", ["case_id"])
    op.create_index(op.f("ix_parties_name_index"), "parties", ["name_index"])
    op.create_index(op.f("ix_parties_phone_index"), "parties", ["phone_index"])
    op.create_table(
        "tasks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("department_code", sa.String(length=24), nullable=False),
        sa.Column("part", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("urgency", sa.String(length=32), nullable=False),
        sa.Column("ask_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("answer_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("answer_kind", sa.String(length=32), nullable=True),
        sa.Column("settles", sa.Boolean(), nullable=False),
        sa.Column("is_internal", sa.Boolean(), nullable=False),
        sa.Column("dispatched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sign_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_warn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_by", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_count", sa.Integer(), nullable=False),
        sa.Column("return_reason", sa.String(length=32), nullable=True),
        sa.Column("return_words_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("is_ruled", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["answered_by"], ["accounts.id"], name=op.f("fk_tasks_answered_by")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_tasks_case_id")),
        sa.ForeignKeyConstraint(["department_code"], ["departments.code"], name=op.f("fk_tasks_department_code")),
        sa.ForeignKeyConstraint(["signed_by"], ["accounts.id"], name=op.f("fk_tasks_signed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
    )
    op.create_index(op.f("ix_tasks_case_id"), "tasks", ["case_id"])
    op.create_index("ix_tasks_department_due", "tasks", ["department_code", "state", "answer_due_at", "id"])
    op.create_index("ix_tasks_ruling", "tasks", ["state", "case_id"])
    op.create_table(
        "team_seats",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("seat", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("department_code", sa.String(length=24), nullable=True),
        sa.Column("part", sa.String(length=32), nullable=True),
        sa.Column("is_vacant", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.JSON(), nullable=False),
        sa.Column("seated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("not (is_vacant and account_id is not null)", name=op.f("ck_team_seats_vacant_is_empty")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_team_seats_account_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_team_seats_case_id")),
        sa.ForeignKeyConstraint(["department_code"], ["departments.code"], name=op.f("fk_team_seats_department_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_seats")),
    )
    op.create_index(op.f("ix_team_seats_account_id"), "team_seats", ["account_id"])
    op.create_index("ix_team_seats_account_open", "team_seats", ["account_id", "left_at", "case_id"])
    op.create_index(op.f("ix_team_seats_case_id"), "team_seats", ["case_id"])


def downgrade() -> None:
    """Drop the tables."""
    for table in (
        "team_seats", "tasks", "parties", "notices", "history", "case_clocks", "cases", "sign_ins", "roster_terms",
        "posts", "departments", "cells", "try_counts", "rule_rows", "home", "cell_tallies", "case_numbers",
        "calendar_years", "calendar_days", "areas", "accounts",
    ):
        op.drop_table(table)
