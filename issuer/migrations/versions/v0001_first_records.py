"""The first records: catalogue, keys, learners, status lists, issued credentials."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "learner",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject_id", sa.String(length=45), nullable=False),
        sa.Column("name_latin", sa.String(length=400), nullable=True),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("nuts_code", sa.String(length=5), nullable=True),
        sa.Column("language", sa.String(length=16), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learner")),
        sa.UniqueConstraint("email", name=op.f("uq_learner_email")),
        sa.UniqueConstraint("subject_id", name=op.f("uq_learner_subject_id")),
    )
    op.create_table(
        "origin",
        sa.Column("origin", sa.String(length=300), nullable=False),
        sa.Column("first_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("origin", name=op.f("pk_origin")),
    )
    op.create_table(
        "provider",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("issuer_id", sa.String(length=512), nullable=False),
        sa.Column("legal_name", sa.String(length=300), nullable=False),
        sa.Column("name_en", sa.String(length=300), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("nuts_code", sa.String(length=5), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.CheckConstraint("role IN ('provider', 'programme_owner')", name=op.f("ck_provider_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider")),
        sa.UniqueConstraint("issuer_id", name=op.f("uq_provider_issuer_id")),
        sa.UniqueConstraint("slug", name=op.f("uq_provider_slug")),
    )
    op.create_table(
        "seeding",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_seeding")),
    )
    op.create_table(
        "learner_reference",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=100), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["learner_id"], ["learner.id"], name=op.f("fk_learner_reference_learner_id_learner")),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_learner_reference_provider_id_provider")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learner_reference")),
        sa.UniqueConstraint("provider_id", "reference", name=op.f("uq_learner_reference_provider_id_reference")),
    )
    op.create_index(op.f("ix_learner_reference_learner_id"), "learner_reference", ["learner_id"], unique=False)
    op.create_table(
        "programme",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("is_closed", sa.Boolean(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["provider.id"], name=op.f("fk_programme_owner_id_provider")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme")),
        sa.UniqueConstraint("code", name=op.f("uq_programme_code")),
    )
    op.create_table(
        "published_trust_list",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("keeper_id", sa.Integer(), nullable=False),
        sa.Column("content_digest", sa.String(length=64), nullable=False),
        sa.Column("key_thumbprint", sa.String(length=43), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("jws", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["keeper_id"], ["provider.id"], name=op.f("fk_published_trust_list_keeper_id_provider")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_published_trust_list")),
        sa.UniqueConstraint("keeper_id", name=op.f("uq_published_trust_list_keeper_id")),
    )
    op.create_table(
        "signing_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("algorithm", sa.String(length=16), nullable=False),
        sa.Column("public_key", sa.String(length=100), nullable=False),
        sa.Column("thumbprint", sa.String(length=43), nullable=False),
        sa.Column("uri", sa.String(length=512), nullable=False),
        sa.Column("method_id", sa.String(length=700), nullable=False),
        sa.Column("key_url", sa.String(length=700), nullable=False),
        sa.Column("used_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("distrusted_since", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_signing_key_provider_id_provider")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_key")),
        sa.UniqueConstraint("public_key", name=op.f("uq_signing_key_public_key")),
        sa.UniqueConstraint("thumbprint", name=op.f("uq_signing_key_thumbprint")),
    )
    op.create_index(
        "uq_signing_key_in_use",
        "signing_key",
        ["provider_id", "algorithm"],
        unique=True,
        sqlite_where=sa.text("used_until IS NULL"),
        postgresql_where=sa.text("used_until IS NULL"),
    )
    op.create_table(
        "status_list",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_status_list_provider_id_provider")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_list")),
    )
    op.create_index(op.f("ix_status_list_provider_id"), "status_list", ["provider_id"], unique=False)
    op.create_table(
        "achievement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"], name=op.f("fk_achievement_programme_id_programme")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_achievement")),
        sa.UniqueConstraint("code", name=op.f("uq_achievement_code")),
    )
    op.create_table(
        "published_list",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("list_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("slug", sa.String(length=32), nullable=False),
        sa.Column("url", sa.String(length=512), nullable=False),
        sa.Column("sealed_json", sa.Text(), nullable=True),
        sa.Column("sealed_jwt", sa.Text(), nullable=True),
        sa.Column("signed_revision", sa.Integer(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "purpose IN ('revocation', 'suspension', 'refresh')", name=op.f("ck_published_list_purpose")
        ),
        sa.ForeignKeyConstraint(["list_id"], ["status_list.id"], name=op.f("fk_published_list_list_id_status_list")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_published_list")),
        sa.UniqueConstraint("list_id", "purpose", name=op.f("uq_published_list_list_id_purpose")),
        sa.UniqueConstraint("slug", name=op.f("uq_published_list_slug")),
        sa.UniqueConstraint("url", name=op.f("uq_published_list_url")),
    )
    op.create_table(
        "status_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("list_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_revoked", sa.Boolean(), nullable=False),
        sa.Column("is_suspended", sa.Boolean(), nullable=False),
        sa.Column("is_refreshed", sa.Boolean(), nullable=False),
        sa.CheckConstraint("position >= 0", name=op.f("ck_status_entry_position")),
        sa.ForeignKeyConstraint(["list_id"], ["status_list.id"], name=op.f("fk_status_entry_list_id_status_list")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_entry")),
        sa.UniqueConstraint("list_id", "position", name=op.f("uq_status_entry_list_id_position")),
    )
    op.create_table(
        "achievement_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("achievement_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["achievement_id"], ["achievement.id"], name=op.f("fk_achievement_version_achievement_id_achievement")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_achievement_version")),
        sa.UniqueConstraint("achievement_id", "version", name=op.f("uq_achievement_version_achievement_id_version")),
    )
    op.create_table(
        "authorisation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("achievement_id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["achievement_id"], ["achievement.id"], name=op.f("fk_authorisation_achievement_id_achievement")
        ),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_authorisation_provider_id_provider")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authorisation")),
        sa.UniqueConstraint("achievement_id", "provider_id", name=op.f("uq_authorisation_achievement_id_provider_id")),
    )
    op.create_index(op.f("ix_authorisation_provider_id"), "authorisation", ["provider_id"], unique=False)
    op.create_table(
        "issued_credential",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("credential_id", sa.String(length=45), nullable=False),
        sa.Column("token", sa.String(length=22), nullable=False),
        sa.Column("award_key", sa.String(length=64), nullable=True),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("achievement_version_id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("status_entry_id", sa.Integer(), nullable=False),
        sa.Column("supersedes_id", sa.Integer(), nullable=True),
        sa.Column("completed_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_name", sa.String(length=200), nullable=False),
        sa.Column("family_name", sa.String(length=200), nullable=False),
        sa.Column("result", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("is_specimen", sa.Boolean(), nullable=False),
        sa.Column("sealed_json", sa.Text(), nullable=False),
        sa.Column("sealed_jwt", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('issued', 'suspended', 'revoked', 'superseded')", name=op.f("ck_issued_credential_state")
        ),
        sa.ForeignKeyConstraint(
            ["achievement_version_id"],
            ["achievement_version.id"],
            name=op.f("fk_issued_credential_achievement_version_id_achievement_version"),
        ),
        sa.ForeignKeyConstraint(["learner_id"], ["learner.id"], name=op.f("fk_issued_credential_learner_id_learner")),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_issued_credential_provider_id_provider")
        ),
        sa.ForeignKeyConstraint(
            ["status_entry_id"], ["status_entry.id"], name=op.f("fk_issued_credential_status_entry_id_status_entry")
        ),
        sa.ForeignKeyConstraint(
            ["supersedes_id"],
            ["issued_credential.id"],
            name=op.f("fk_issued_credential_supersedes_id_issued_credential"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issued_credential")),
        sa.UniqueConstraint("award_key", name=op.f("uq_issued_credential_award_key")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_issued_credential_credential_id")),
        sa.UniqueConstraint("status_entry_id", name=op.f("uq_issued_credential_status_entry_id")),
        sa.UniqueConstraint("supersedes_id", name=op.f("uq_issued_credential_supersedes_id")),
        sa.UniqueConstraint("token", name=op.f("uq_issued_credential_token")),
    )
    op.create_index(
        op.f("ix_issued_credential_achievement_version_id"),
        "issued_credential",
        ["achievement_version_id"],
        unique=False,
    )
    op.create_index(op.f("ix_issued_credential_learner_id"), "issued_credential", ["learner_id"], unique=False)
    op.create_index(
        "ix_issued_credential_provider_completed", "issued_credential", ["provider_id", "completed_on"], unique=False
    )
    op.create_table(
        "status_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("credential_record_id", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "act IN ('revoked', 'suspended', 'reinstated', 'superseded')", name=op.f("ck_status_change_act")
        ),
        sa.CheckConstraint("reason <> 'other' OR note <> ''", name=op.f("ck_status_change_other_has_a_note")),
        sa.ForeignKeyConstraint(
            ["credential_record_id"],
            ["issued_credential.id"],
            name=op.f("fk_status_change_credential_record_id_issued_credential"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_change")),
    )
    op.create_index(
        op.f("ix_status_change_credential_record_id"), "status_change", ["credential_record_id"], unique=False
    )


def downgrade() -> None:
    """Remove them again."""
    op.drop_index(op.f("ix_status_change_credential_record_id"), table_name="status_change")
    op.drop_table("status_change")
    op.drop_index("ix_issued_credential_provider_completed", table_name="issued_credential")
    op.drop_index(op.f("ix_issued_credential_learner_id"), table_name="issued_credential")
    op.drop_index(op.f("ix_issued_credential_achievement_version_id"), table_name="issued_credential")
    op.drop_table("issued_credential")
    op.drop_index(op.f("ix_authorisation_provider_id"), table_name="authorisation")
    op.drop_table("authorisation")
    op.drop_table("achievement_version")
    op.drop_table("status_entry")
    op.drop_table("published_list")
    op.drop_table("achievement")
    op.drop_index(op.f("ix_status_list_provider_id"), table_name="status_list")
    op.drop_table("status_list")
    op.drop_index(
        "uq_signing_key_in_use",
        table_name="signing_key",
        sqlite_where=sa.text("used_until IS NULL"),
        postgresql_where=sa.text("used_until IS NULL"),
    )
    op.drop_table("signing_key")
    op.drop_table("published_trust_list")
    op.drop_table("programme")
    op.drop_index(op.f("ix_learner_reference_learner_id"), table_name="learner_reference")
    op.drop_table("learner_reference")
    op.drop_table("seeding")
    op.drop_table("provider")
    op.drop_table("origin")
    op.drop_table("learner")
