"""Mails and their state, claims, printed letters."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    _make_delivery()
    op.create_table(
        "claim_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_claim_link_delivery_id_delivery")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_claim_link_token_hash")),
    )
    op.create_index("ix_claim_link_delivery_id", "claim_link", ["delivery_id"])
    _make_mail()


def _make_delivery() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("credential_record_id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("language", sa.String(length=16), nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        *(
            sa.Column(f"{act}_at", _MOMENT, nullable=True)
            for act in ("sent", "bounced", "opened", "claimed", "printed", "reminded")
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("smtp_code", sa.Integer(), nullable=True),
        sa.Column("smtp_status", sa.String(length=16), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'bounced', 'opened', 'claimed', 'letter')", name=op.f("ck_delivery_state")
        ),
        sa.ForeignKeyConstraint(
            ["credential_record_id"],
            ["issued_credential.id"],
            name=op.f("fk_delivery_credential_record_id_issued_credential"),
        ),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_delivery_provider_id_provider")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("credential_record_id", name=op.f("uq_delivery_credential_record_id")),
    )
    op.create_index("ix_delivery_provider_state", "delivery", ["provider_id", "state"])


def _make_mail() -> None:
    op.create_table(
        "mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=True),
        sa.Column("delivery_id", sa.Integer(), nullable=True),
        sa.Column("credential_record_id", sa.Integer(), nullable=True),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=True),
        sa.Column("message_token", sa.String(length=22), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("handed_at", _MOMENT, nullable=True),
        sa.Column("sent_at", _MOMENT, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("smtp_code", sa.Integer(), nullable=True),
        sa.Column("smtp_status", sa.String(length=16), nullable=True),
        sa.CheckConstraint(
            "kind IN ('award', 'again', 'reminder', 'revoked', 'suspended', 'reinstated', 'superseded', "
            "'invitation', 'password')",
            name=op.f("ck_mail_kind"),
        ),
        sa.CheckConstraint("state IN ('waiting', 'sending', 'sent', 'bounced', 'dropped')", name=op.f("ck_mail_state")),
        *_mail_keys(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail")),
        sa.UniqueConstraint("message_token", name=op.f("uq_mail_message_token")),
    )
    op.create_index("ix_mail_delivery_id_kind", "mail", ["delivery_id", "kind"])
    op.create_index("ix_mail_credential_record_id", "mail", ["credential_record_id"])


def _mail_keys() -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_mail_provider_id_provider")),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_mail_delivery_id_delivery")),
        sa.ForeignKeyConstraint(
            ["credential_record_id"],
            ["issued_credential.id"],
            name=op.f("fk_mail_credential_record_id_issued_credential"),
        ),
    ]


def downgrade() -> None:
    """Remove them again."""
    op.drop_index("ix_mail_credential_record_id", table_name="mail")
    op.drop_index("ix_mail_delivery_id_kind", table_name="mail")
    op.drop_table("mail")
    op.drop_index("ix_claim_link_delivery_id", table_name="claim_link")
    op.drop_table("claim_link")
    op.drop_index("ix_delivery_provider_state", table_name="delivery")
    op.drop_table("delivery")
