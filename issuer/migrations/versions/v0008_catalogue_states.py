"""Drafts, reviews, publication and retirement of achievements; several periods of one authorisation."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.add_column("achievement", sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("authorisation") as table:
        table.drop_constraint("uq_authorisation_achievement_id_provider_id", type_="unique")
        table.create_unique_constraint(
            "uq_authorisation_achievement_id_provider_id_valid_from", ["achievement_id", "provider_id", "valid_from"]
        )
    _create_drafts()
    op.create_table(
        "catalogue_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("courses", sa.JSON(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_catalogue_import_provider_id_provider")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_import")),
    )
    op.create_index("ix_catalogue_import_provider_id", "catalogue_import", ["provider_id"])


def _create_drafts() -> None:
    op.create_table(
        "achievement_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("achievement_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("programme", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("wording", sa.JSON(), nullable=False),
        sa.Column("kept", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=64), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_by", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'review', 'published', 'discarded')", name=op.f("ck_achievement_draft_state")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_achievement_draft_provider_id_provider")
        ),
        sa.ForeignKeyConstraint(
            ["achievement_id"], ["achievement.id"], name=op.f("fk_achievement_draft_achievement_id_achievement")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_achievement_draft")),
    )
    op.create_index("ix_achievement_draft_provider_id", "achievement_draft", ["provider_id"])
    op.create_index("ix_achievement_draft_state", "achievement_draft", ["state"])


def downgrade() -> None:
    """Remove them again; of several periods of one authorisation the newest is kept."""
    op.drop_table("catalogue_import")
    op.drop_table("achievement_draft")
    op.execute(
        "DELETE FROM authorisation WHERE EXISTS (SELECT 1 FROM authorisation AS later WHERE later.achievement_id = "
        "authorisation.achievement_id AND later.provider_id = authorisation.provider_id "
        "AND later.valid_from > authorisation.valid_from)"
    )
    with op.batch_alter_table("authorisation") as table:
        table.drop_constraint("uq_authorisation_achievement_id_provider_id_valid_from", type_="unique")
        table.create_unique_constraint("uq_authorisation_achievement_id_provider_id", ["achievement_id", "provider_id"])
    # in place: a table that others point at cannot be made anew
    op.drop_column("achievement", "retired_at")
