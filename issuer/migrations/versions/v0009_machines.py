"""What other programs need: tokens for several things, calls that count once, batches, webhooks."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Widen what a token may do, and make the tables."""
    with op.batch_alter_table("access_token") as table:
        table.alter_column(
            "scope", existing_type=sa.String(length=16), type_=sa.String(length=120), existing_nullable=False
        )
    _make_webhooks()
    _make_batches()
    _make_keys()


def downgrade() -> None:
    """Remove them again."""
    for table in ("idempotency_key", "api_batch_item", "api_batch", "webhook_delivery", "webhook"):
        op.drop_table(table)
    with op.batch_alter_table("access_token") as access_token:
        access_token.alter_column(
            "scope", existing_type=sa.String(length=120), type_=sa.String(length=16), existing_nullable=False
        )


def _make_webhooks() -> None:
    op.create_table(
        "webhook",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=22), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("url", sa.String(length=2048), nullable=False),
        sa.Column("events", sa.String(length=120), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("old_secret", sa.Text(), nullable=True),
        sa.Column("old_secret_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_webhook_provider_id_provider")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
        sa.UniqueConstraint("name", name=op.f("uq_webhook_name")),
    )
    op.create_index("ix_webhook_provider_id", "webhook", ["provider_id"])
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("webhook_id", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(length=16), nullable=False),
        sa.Column("credential_id", sa.String(length=45), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("last_problem", sa.String(length=64), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'delivered', 'given_up')", name=op.f("ck_webhook_delivery_state")),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhook.id"], name=op.f("fk_webhook_delivery_webhook_id_webhook")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_delivery")),
    )
    op.create_index("ix_webhook_delivery_webhook", "webhook_delivery", ["webhook_id", "id"])


def _make_batches() -> None:
    op.create_table(
        "api_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=22), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("accepted", sa.JSON(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("source IN ('batch', 'completions')", name=op.f("ck_api_batch_source")),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_api_batch_provider_id_provider")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_batch")),
        sa.UniqueConstraint("name", name=op.f("uq_api_batch_name")),
    )
    op.create_index("ix_api_batch_provider_id", "api_batch", ["provider_id"])
    op.create_table(
        "api_batch_item",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("cells", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(length=64), nullable=True),
        sa.Column("suggestion", sa.String(length=200), nullable=True),
        sa.Column("asks", sa.String(length=400), nullable=True),
        sa.Column("credential_id", sa.String(length=45), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["api_batch.id"], name=op.f("fk_api_batch_item_batch_id_api_batch")),
        sa.PrimaryKeyConstraint("batch_id", "position", name=op.f("pk_api_batch_item")),
    )


def _make_keys() -> None:
    op.create_table(
        "idempotency_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("call_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["api_batch.id"], name=op.f("fk_idempotency_key_batch_id_api_batch")),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_idempotency_key_provider_id_provider")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency_key")),
        sa.UniqueConstraint("provider_id", "key_hash", name=op.f("uq_idempotency_key_provider_id_key_hash")),
    )
    op.create_index("ix_idempotency_key_created_at", "idempotency_key", ["created_at"])
