"""Keep what deadlines, the inbox, reviews, mending, notices and supervision need.

Revision: 0003, after 0002. Every new column has a default, so that the previous release keeps running.
"""

from datetime import UTC, datetime
from uuid import uuid4

import sqlalchemy as sa
from alembic import op

from migrations.protection import keep_in_territory

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SCOPED = (
    "appointment",
    "breach",
    "calendar_feed",
    "case_word",
    "delegation",
    "duty",
    "meeting",
    "mend",
    "notice",
    "notice_preference",
    "notice_settings",
    "saved_filter",
    "tally",
    "task_visit",
)


def upgrade() -> None:
    op.create_table(
        "calendar_feed",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_calendar_feed_territory_id_territory")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_calendar_feed_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint("link", name=op.f("uq_calendar_feed_link")),
    )
    op.create_index(op.f("ix_calendar_feed_territory_id"), "calendar_feed", ["territory_id"], unique=False)
    op.create_index(op.f("ix_calendar_feed_user_id"), "calendar_feed", ["user_id"], unique=False)
    op.create_table(
        "delegation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("from_user", sa.Uuid(), nullable=False),
        sa.Column("to_user", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by"], ["user_account.id"], name=op.f("fk_delegation_created_by_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["from_user"], ["user_account.id"], name=op.f("fk_delegation_from_user_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_delegation_territory_id_territory")
        ),
        sa.ForeignKeyConstraint(
            ["to_user"], ["user_account.id"], name=op.f("fk_delegation_to_user_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation")),
    )
    op.create_index(
        "ix_delegation_days", "delegation", ["territory_id", "starts_on", "ends_on"], unique=False
    )
    op.create_index(op.f("ix_delegation_from_user"), "delegation", ["from_user"], unique=False)
    op.create_index(op.f("ix_delegation_territory_id"), "delegation", ["territory_id"], unique=False)
    op.create_index(op.f("ix_delegation_to_user"), "delegation", ["to_user"], unique=False)
    op.create_table(
        "notice_preference",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("sms", sa.Boolean(), nullable=False),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_notice_preference_territory_id_territory")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_notice_preference_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_preference")),
        sa.UniqueConstraint(
            "user_id", "territory_id", "kind", name=op.f("uq_notice_preference_user_id_territory_id_kind")
        ),
    )
    op.create_index(
        op.f("ix_notice_preference_territory_id"), "notice_preference", ["territory_id"], unique=False
    )
    op.create_table(
        "notice_settings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("quiet_from", sa.Integer(), nullable=True),
        sa.Column("quiet_to", sa.Integer(), nullable=True),
        sa.Column("digest_at", sa.Integer(), nullable=False),
        sa.Column("digest_sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_notice_settings_territory_id_territory")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_notice_settings_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_settings")),
        sa.UniqueConstraint("user_id", "territory_id", name=op.f("uq_notice_settings_user_id_territory_id")),
    )
    op.create_index(
        op.f("ix_notice_settings_territory_id"), "notice_settings", ["territory_id"], unique=False
    )
    op.create_table(
        "saved_filter",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("query", sa.JSON(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_saved_filter_territory_id_territory")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_saved_filter_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_filter")),
        sa.UniqueConstraint(
            "user_id", "territory_id", "name", name=op.f("uq_saved_filter_user_id_territory_id_name")
        ),
    )
    op.create_index(op.f("ix_saved_filter_territory_id"), "saved_filter", ["territory_id"], unique=False)
    op.create_table(
        "tally",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_tally_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tally")),
        sa.UniqueConstraint("territory_id", "kind", name=op.f("uq_tally_territory_id_kind")),
    )
    op.create_index(op.f("ix_tally_territory_id"), "tally", ["territory_id"], unique=False)
    op.create_table(
        "case_word",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("word", sa.String(), nullable=False),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_case_word_case_id_case_file")),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_case_word_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_word")),
    )
    op.create_index("ix_case_word_case", "case_word", ["case_id", "word"], unique=False)
    op.create_index(op.f("ix_case_word_territory_id"), "case_word", ["territory_id"], unique=False)
    op.create_index("ix_case_word_word", "case_word", ["territory_id", "word"], unique=False)
    op.create_table(
        "appointment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("process_id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_appointment_case_id_case_file")),
        sa.ForeignKeyConstraint(
            ["process_id"], ["process_instance.id"], name=op.f("fk_appointment_process_id_process_instance")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_appointment_territory_id_territory")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_appointment_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment")),
    )
    op.create_index(op.f("ix_appointment_case_id"), "appointment", ["case_id"], unique=False)
    op.create_index(
        "ix_appointment_day", "appointment", ["territory_id", "status", "starts_at"], unique=False
    )
    op.create_index(op.f("ix_appointment_territory_id"), "appointment", ["territory_id"], unique=False)
    op.create_index(op.f("ix_appointment_user_id"), "appointment", ["user_id"], unique=False)
    op.create_table(
        "duty",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("process_id", sa.Uuid(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("element", sa.String(), nullable=False),
        sa.Column("called_process", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("rule", sa.JSON(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("window_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("window_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("warn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_duty_case_id_case_file")),
        sa.ForeignKeyConstraint(
            ["process_id"], ["process_instance.id"], name=op.f("fk_duty_process_id_process_instance")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_duty_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty")),
    )
    op.create_index(op.f("ix_duty_case_id"), "duty", ["case_id"], unique=False)
    op.create_index("ix_duty_close", "duty", ["status", "window_to"], unique=False)
    op.create_index(op.f("ix_duty_process_id"), "duty", ["process_id"], unique=False)
    op.create_index(op.f("ix_duty_territory_id"), "duty", ["territory_id"], unique=False)
    op.create_index("ix_duty_warn", "duty", ["status", "warn_at"], unique=False)
    op.create_table(
        "meeting",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("process_id", sa.Uuid(), nullable=False),
        sa.Column("meets_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("attendance", sa.JSON(), nullable=False),
        sa.Column("moves", sa.JSON(), nullable=False),
        sa.Column("notes", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("criteria", sa.JSON(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["process_id"], ["process_instance.id"], name=op.f("fk_meeting_process_id_process_instance")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_meeting_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
        sa.UniqueConstraint("process_id", name=op.f("uq_meeting_process_id")),
    )
    op.create_index(op.f("ix_meeting_territory_id"), "meeting", ["territory_id"], unique=False)
    op.create_table(
        "mend",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("process_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("element", sa.String(), nullable=True),
        sa.Column("target", sa.String(), nullable=True),
        sa.Column("before", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(), nullable=True),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_mend_case_id_case_file")),
        sa.ForeignKeyConstraint(
            ["process_id"], ["process_instance.id"], name=op.f("fk_mend_process_id_process_instance")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_mend_territory_id_territory")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_mend_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mend")),
    )
    op.create_index(op.f("ix_mend_case_id"), "mend", ["case_id"], unique=False)
    op.create_index("ix_mend_process", "mend", ["process_id", "at"], unique=False)
    op.create_index(op.f("ix_mend_territory_id"), "mend", ["territory_id"], unique=False)
    op.create_table(
        "breach",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("process_id", sa.Uuid(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("duty_id", sa.Uuid(), nullable=True),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        sa.Column("answer_process_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("element", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("rule", sa.JSON(), nullable=False),
        sa.Column("window_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("window_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("expected_within", sa.Integer(), nullable=False),
        sa.Column("found_within", sa.Integer(), nullable=False),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_process_id"],
            ["process_instance.id"],
            name=op.f("fk_breach_answer_process_id_process_instance"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_breach_case_id_case_file")),
        sa.ForeignKeyConstraint(["duty_id"], ["duty.id"], name=op.f("fk_breach_duty_id_duty")),
        sa.ForeignKeyConstraint(
            ["process_id"], ["process_instance.id"], name=op.f("fk_breach_process_id_process_instance")
        ),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_breach_task_id_task")),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_breach_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breach")),
        sa.UniqueConstraint("duty_id", "window_to", name=op.f("uq_breach_duty_id_window_to")),
        sa.UniqueConstraint("task_id", name=op.f("uq_breach_task_id")),
    )
    op.create_index(op.f("ix_breach_answer_process_id"), "breach", ["answer_process_id"], unique=False)
    op.create_index(op.f("ix_breach_case_id"), "breach", ["case_id"], unique=False)
    op.create_index("ix_breach_open", "breach", ["territory_id", "status", "recorded_at"], unique=False)
    op.create_index(op.f("ix_breach_process_id"), "breach", ["process_id"], unique=False)
    op.create_index(op.f("ix_breach_territory_id"), "breach", ["territory_id"], unique=False)
    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_notice_case_id_case_file")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_notice_task_id_task")),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_notice_territory_id_territory")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_notice_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint(
            "user_id", "territory_id", "key", name=op.f("uq_notice_user_id_territory_id_key")
        ),
    )
    op.create_index("ix_notice_at", "notice", ["at"], unique=False)
    op.create_index(op.f("ix_notice_case_id"), "notice", ["case_id"], unique=False)
    op.create_index("ix_notice_digest", "notice", ["digest", "user_id"], unique=False)
    op.create_index(op.f("ix_notice_task_id"), "notice", ["task_id"], unique=False)
    op.create_index(op.f("ix_notice_territory_id"), "notice", ["territory_id"], unique=False)
    op.create_index("ix_notice_unread", "notice", ["territory_id", "user_id", "read_at"], unique=False)
    op.create_table(
        "task_visit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_task_visit_task_id_task")),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_task_visit_territory_id_territory")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_task_visit_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_visit")),
        sa.UniqueConstraint("task_id", "user_id", name=op.f("uq_task_visit_task_id_user_id")),
    )
    op.create_index(op.f("ix_task_visit_territory_id"), "task_visit", ["territory_id"], unique=False)
    op.create_index(op.f("ix_task_visit_user_id"), "task_visit", ["user_id"], unique=False)
    op.add_column("message", sa.Column("channel", sa.String(), server_default="courriel", nullable=False))
    op.add_column("message", sa.Column("html", sa.LargeBinary(), nullable=True))
    op.add_column("message", sa.Column("user_id", sa.Uuid(), nullable=True))
    op.add_column("message", sa.Column("key", sa.String(), nullable=True))
    op.add_column("message", sa.Column("bounced_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_message_key", "message", ["territory_id", "key"], unique=True)
    op.create_index("ix_message_message_id", "message", ["message_id"], unique=False)
    op.create_index("ix_message_person", "message", ["user_id", "kind", "status"], unique=False)
    op.create_index(
        "ix_message_bounced",
        "message",
        ["territory_id", "recipient"],
        unique=False,
        postgresql_where=sa.text("bounced_at IS NOT NULL"),
        sqlite_where=sa.text("bounced_at IS NOT NULL"),
    )
    op.add_column("process_instance", sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("process_instance", sa.Column("end_reason", sa.String(), nullable=True))
    op.add_column(
        "process_instance", sa.Column("done_flows", sa.JSON(), server_default=sa.text("'{}'"), nullable=False)
    )
    op.add_column("review_item", sa.Column("rank", sa.Integer(), server_default="0", nullable=False))
    op.add_column(
        "review_item", sa.Column("late_partners", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column(
        "review_item", sa.Column("changes", sa.JSON(), server_default=sa.text("'[]'"), nullable=False)
    )
    op.add_column(
        "review_item", sa.Column("actions", sa.JSON(), server_default=sa.text("'[]'"), nullable=False)
    )
    op.add_column("review_item", sa.Column("added", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column(
        "review_item", sa.Column("postponed", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column(
        "review_item", sa.Column("answers", sa.JSON(), server_default=sa.text("'{}'"), nullable=False)
    )
    op.add_column("review_item", sa.Column("version", sa.Integer(), server_default="0", nullable=False))
    op.add_column("review_item", sa.Column("saved_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("review_item", sa.Column("decided_by", sa.String(), nullable=True))
    op.add_column("task", sa.Column("escalate_to", sa.String(), nullable=True))
    op.add_column("task", sa.Column("breach_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("task", sa.Column("breached_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("task", sa.Column("follow_up_on", sa.Date(), nullable=True))
    op.add_column("task", sa.Column("set_aside", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("task", sa.Column("note", sa.LargeBinary(), nullable=True))
    op.create_index("ix_draft_person", "draft", ["territory_id", "person"], unique=False)
    op.add_column("task", sa.Column("commune", sa.String(), nullable=True))
    op.create_index("ix_task_commune", "task", ["territory_id", "status", "commune", "due_at"], unique=False)
    op.add_column("task", sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.create_index("ix_task_branch", "task", ["territory_id", "scope"], unique=False)
    op.create_index("ix_task_breach", "task", ["status", "breach_at"], unique=False)
    op.create_index(
        "ix_task_done", "task", ["territory_id", "called_process", "element", "completed_at"], unique=False
    )
    op.create_index("ix_task_held", "task", ["territory_id", "claimed_by", "status", "due_at"], unique=False)
    op.create_index("ix_task_late", "task", ["territory_id", "status", "due_at"], unique=False)
    op.create_index("ix_task_age", "task", ["territory_id", "status", "entered_at"], unique=False)
    op.create_index(
        "ix_task_priority", "task", ["territory_id", "status", "priority", "due_at"], unique=False
    )
    op.create_index(
        "ix_task_step",
        "task",
        ["territory_id", "status", "called_process", "element", "due_at"],
        unique=False,
    )
    op.create_index(
        "ix_orientation_partner", "orientation", ["territory_id", "partner_id", "status"], unique=False
    )
    op.create_index(
        "ix_process_status", "process_instance", ["territory_id", "status", "suspended_at"], unique=False
    )
    op.create_index("ix_process_started", "process_instance", ["territory_id", "started_at"], unique=False)
    op.create_index("ix_job_page", "job", ["territory_id", "status", "run_at"], unique=False)
    op.create_table(
        "heartbeat",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_heartbeat")),
    )
    for table in SCOPED:
        keep_in_territory(table)
    prepare_lists()


def prepare_lists() -> None:
    """Give the open tasks their commune, and have the words of the cases already there indexed by a job."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SELECT set_config('relais.territory', '*', true)")
    op.execute(
        "UPDATE task SET commune = (SELECT dwelling.commune FROM case_file JOIN dwelling "
        "ON dwelling.id = case_file.dwelling_id WHERE case_file.id = task.case_id) WHERE status = 'open'"
    )
    case_file = sa.table("case_file", sa.column("territory_id", sa.Uuid()))
    job = sa.table(
        "job",
        sa.column("id", sa.Uuid()),
        sa.column("territory_id", sa.Uuid()),
        sa.column("name", sa.String()),
        sa.column("ids", sa.JSON()),
        sa.column("run_at", sa.DateTime(timezone=True)),
        sa.column("created_at", sa.DateTime(timezone=True)),
        sa.column("status", sa.String()),
        sa.column("attempts", sa.Integer()),
    )
    now = datetime.now(UTC)
    for territory in op.get_bind().scalars(sa.select(case_file.c.territory_id).distinct()).all():
        op.get_bind().execute(
            sa.insert(job).values(
                id=uuid4(), territory_id=territory, name="index_cases", ids={}, run_at=now, created_at=now,
                status="waiting", attempts=0,
            )
        )  # fmt: skip


def downgrade() -> None:
    op.drop_table("heartbeat")
    op.drop_index("ix_job_page", table_name="job")
    op.drop_index("ix_task_late", table_name="task")
    op.drop_index("ix_process_started", table_name="process_instance")
    op.drop_index("ix_process_status", table_name="process_instance")
    op.drop_index("ix_orientation_partner", table_name="orientation")
    op.drop_index("ix_task_step", table_name="task")
    op.drop_index("ix_task_priority", table_name="task")
    op.drop_index("ix_task_age", table_name="task")
    op.drop_index("ix_task_held", table_name="task")
    op.drop_index("ix_task_done", table_name="task")
    op.drop_index("ix_task_breach", table_name="task")
    op.drop_index("ix_task_branch", table_name="task")
    op.drop_column("task", "active")
    op.drop_index("ix_task_commune", table_name="task")
    op.drop_column("task", "commune")
    op.drop_index("ix_draft_person", table_name="draft")
    op.drop_column("task", "note")
    op.drop_column("task", "set_aside")
    op.drop_column("task", "follow_up_on")
    op.drop_column("task", "breached_at")
    op.drop_column("task", "breach_at")
    op.drop_column("task", "escalate_to")
    op.drop_column("review_item", "decided_by")
    op.drop_column("review_item", "saved_at")
    op.drop_column("review_item", "version")
    op.drop_column("review_item", "answers")
    op.drop_column("review_item", "postponed")
    op.drop_column("review_item", "added")
    op.drop_column("review_item", "actions")
    op.drop_column("review_item", "changes")
    op.drop_column("review_item", "late_partners")
    op.drop_column("review_item", "rank")
    op.drop_column("process_instance", "done_flows")
    op.drop_column("process_instance", "end_reason")
    op.drop_column("process_instance", "suspended_at")
    op.drop_index("ix_message_bounced", table_name="message")
    op.drop_index("ix_message_person", table_name="message")
    op.drop_index("ix_message_message_id", table_name="message")
    op.drop_index("ix_message_key", table_name="message")
    op.drop_column("message", "bounced_at")
    op.drop_column("message", "key")
    op.drop_column("message", "user_id")
    op.drop_column("message", "html")
    op.drop_column("message", "channel")
    op.drop_index(op.f("ix_task_visit_user_id"), table_name="task_visit")
    op.drop_index(op.f("ix_task_visit_territory_id"), table_name="task_visit")
    op.drop_table("task_visit")
    op.drop_index("ix_notice_unread", table_name="notice")
    op.drop_index(op.f("ix_notice_territory_id"), table_name="notice")
    op.drop_index(op.f("ix_notice_task_id"), table_name="notice")
    op.drop_index("ix_notice_digest", table_name="notice")
    op.drop_index(op.f("ix_notice_case_id"), table_name="notice")
    op.drop_index("ix_notice_at", table_name="notice")
    op.drop_table("notice")
    op.drop_index(op.f("ix_breach_territory_id"), table_name="breach")
    op.drop_index(op.f("ix_breach_process_id"), table_name="breach")
    op.drop_index("ix_breach_open", table_name="breach")
    op.drop_index(op.f("ix_breach_case_id"), table_name="breach")
    op.drop_index(op.f("ix_breach_answer_process_id"), table_name="breach")
    op.drop_table("breach")
    op.drop_index(op.f("ix_mend_territory_id"), table_name="mend")
    op.drop_index("ix_mend_process", table_name="mend")
    op.drop_index(op.f("ix_mend_case_id"), table_name="mend")
    op.drop_table("mend")
    op.drop_index(op.f("ix_meeting_territory_id"), table_name="meeting")
    op.drop_table("meeting")
    op.drop_index("ix_duty_warn", table_name="duty")
    op.drop_index(op.f("ix_duty_territory_id"), table_name="duty")
    op.drop_index(op.f("ix_duty_process_id"), table_name="duty")
    op.drop_index("ix_duty_close", table_name="duty")
    op.drop_index(op.f("ix_duty_case_id"), table_name="duty")
    op.drop_table("duty")
    op.drop_index(op.f("ix_appointment_user_id"), table_name="appointment")
    op.drop_index(op.f("ix_appointment_territory_id"), table_name="appointment")
    op.drop_index("ix_appointment_day", table_name="appointment")
    op.drop_index(op.f("ix_appointment_case_id"), table_name="appointment")
    op.drop_table("appointment")
    op.drop_index("ix_case_word_word", table_name="case_word")
    op.drop_index(op.f("ix_case_word_territory_id"), table_name="case_word")
    op.drop_index("ix_case_word_case", table_name="case_word")
    op.drop_table("case_word")
    op.drop_index(op.f("ix_tally_territory_id"), table_name="tally")
    op.drop_table("tally")
    op.drop_index(op.f("ix_saved_filter_territory_id"), table_name="saved_filter")
    op.drop_table("saved_filter")
    op.drop_index(op.f("ix_notice_settings_territory_id"), table_name="notice_settings")
    op.drop_table("notice_settings")
    op.drop_index(op.f("ix_notice_preference_territory_id"), table_name="notice_preference")
    op.drop_table("notice_preference")
    op.drop_index(op.f("ix_delegation_to_user"), table_name="delegation")
    op.drop_index(op.f("ix_delegation_territory_id"), table_name="delegation")
    op.drop_index(op.f("ix_delegation_from_user"), table_name="delegation")
    op.drop_index("ix_delegation_days", table_name="delegation")
    op.drop_table("delegation")
    op.drop_index(op.f("ix_calendar_feed_user_id"), table_name="calendar_feed")
    op.drop_index(op.f("ix_calendar_feed_territory_id"), table_name="calendar_feed")
    op.drop_table("calendar_feed")
