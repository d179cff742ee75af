"""Who decided last about an authorisation: what the console decided, no file that is loaded takes back."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what is on file counts as the files' decision, as it was before there was a console."""
    op.add_column(
        "authorisation",
        sa.Column("is_decided_in_console", sa.Boolean(), nullable=False, server_default=sa.false()),
    )


def downgrade() -> None:
    """Remove it again."""
    op.drop_column("authorisation", "is_decided_in_console")
