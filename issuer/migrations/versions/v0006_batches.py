"""Award files on their way from upload to approval to issue."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; a badge keeps the name of who approved it."""
    op.add_column("issued_credential", sa.Column("approver", sa.String(length=200), nullable=True))
    _make_batch()
    _make_row()
    _make_decision()


def downgrade() -> None:
    """Remove them again."""
    op.drop_index("ix_award_batch_decision_batch_id", table_name="award_batch_decision")
    op.drop_table("award_batch_decision")
    op.drop_index("ix_award_batch_row_credential_record_id", table_name="award_batch_row")
    op.drop_table("award_batch_row")
    op.drop_index("ix_award_batch_provider_file", table_name="award_batch")
    op.drop_table("award_batch")
    # in place: a table that others point at cannot be made anew
    op.drop_column("issued_credential", "approver")


def _make_batch() -> None:
    op.create_table(
        "award_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("file_digest", sa.String(length=64), nullable=False),
        sa.Column("file", sa.LargeBinary(), nullable=True),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("read_as", sa.JSON(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("opened_by", sa.String(length=64), nullable=False),
        sa.Column("opened_by_name", sa.String(length=200), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("versions", sa.JSON(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('reading', 'preview', 'waiting', 'refused', 'approved', 'issuing', 'finished', 'discarded')",
            name=op.f("ck_award_batch_state"),
        ),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_award_batch_provider_id_provider")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_award_batch")),
    )
    op.create_index("ix_award_batch_provider_file", "award_batch", ["provider_id", "file_digest"])


def _make_row() -> None:
    op.create_table(
        "award_batch_row",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("suggestion", sa.Text(), nullable=False),
        sa.Column("also", sa.JSON(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("achievement_code", sa.String(length=64), nullable=False),
        sa.Column("needs_answer", sa.Boolean(), nullable=False),
        sa.Column("request", sa.JSON(), nullable=True),
        sa.Column("cells", sa.JSON(), nullable=True),
        sa.Column("corrected_email", sa.String(length=320), nullable=True),
        sa.Column("answer", sa.String(length=4), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.String(length=64), nullable=False),
        sa.Column("is_chosen", sa.Boolean(), nullable=False),
        sa.Column("fate", sa.String(length=16), nullable=False),
        sa.Column("credential_record_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state IN ('ready', 'warning', 'error', 'skipped', 'ignored')", name=op.f("ck_award_batch_row_state")
        ),
        sa.CheckConstraint("answer IN ('', 'yes', 'no')", name=op.f("ck_award_batch_row_answer")),
        sa.CheckConstraint(
            "fate IN ('', 'waiting', 'issued', 'already_issued', 'failed')", name=op.f("ck_award_batch_row_fate")
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["award_batch.id"], name=op.f("fk_award_batch_row_batch_id_award_batch")),
        sa.ForeignKeyConstraint(
            ["credential_record_id"],
            ["issued_credential.id"],
            name=op.f("fk_award_batch_row_credential_record_id_issued_credential"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_award_batch_row")),
        sa.UniqueConstraint("batch_id", "line", name=op.f("uq_award_batch_row_batch_id_line")),
    )
    op.create_index("ix_award_batch_row_credential_record_id", "award_batch_row", ["credential_record_id"])


def _make_decision() -> None:
    op.create_table(
        "award_batch_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(length=16), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("by_name", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "act IN ('sent', 'taken_back', 'approved', 'refused', 'confirmed', 'discarded')",
            name=op.f("ck_award_batch_decision_act"),
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["award_batch.id"], name=op.f("fk_award_batch_decision_batch_id_award_batch")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_award_batch_decision")),
    )
    op.create_index("ix_award_batch_decision_batch_id", "award_batch_decision", ["batch_id"])
