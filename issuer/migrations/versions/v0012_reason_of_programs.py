"""Why a program lets badges go ahead without their prerequisite."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; nobody was asked for a reason before."""
    op.add_column("api_batch", sa.Column("reason", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    """Remove it again."""
    op.drop_column("api_batch", "reason")
