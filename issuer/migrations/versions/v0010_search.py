"""What the office looks issued credentials up by: a name without accents and case, and indexes that answer alone."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from issuer.learners.folding import fold

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_BATCH = 1000
_ISSUED = sa.table(
    "issued_credential",
    sa.column("id", sa.Integer),
    sa.column("given_name", sa.String),
    sa.column("family_name", sa.String),
    sa.column("name_folded", sa.String),
)


def upgrade() -> None:
    """Add the column, fill it for what has been issued, and make the indexes."""
    # the default lets the column be added in place: nobody copies a table full of sealed texts
    op.add_column(
        "issued_credential", sa.Column("name_folded", sa.String(length=400), nullable=False, server_default="")
    )
    connection = op.get_bind()
    for batch in _issued(connection):
        connection.execute(
            sa.update(_ISSUED).where(_ISSUED.c.id == sa.bindparam("row")).values(name_folded=sa.bindparam("folded")),
            [{"row": each.id, "folded": fold(f"{each.family_name} {each.given_name}")} for each in batch],
        )
    op.drop_index("ix_issued_credential_provider_completed", table_name="issued_credential")
    op.create_index(
        "ix_issued_credential_search",
        "issued_credential",
        [
            "provider_id",
            "completed_on",
            "id",
            "state",
            "valid_until",
            "is_specimen",
            "achievement_version_id",
            "learner_id",
            "name_folded",
        ],
    )
    op.create_index("ix_issued_credential_name", "issued_credential", ["provider_id", "name_folded", "id"])
    op.create_index("ix_issued_credential_expiry", "issued_credential", ["provider_id", "valid_until", "id"])


def downgrade() -> None:
    """Remove them again."""
    op.drop_index("ix_issued_credential_expiry", table_name="issued_credential")
    op.drop_index("ix_issued_credential_name", table_name="issued_credential")
    op.drop_index("ix_issued_credential_search", table_name="issued_credential")
    op.create_index("ix_issued_credential_provider_completed", "issued_credential", ["provider_id", "completed_on"])
    # in place: a table that others point at cannot be made anew
    op.drop_column("issued_credential", "name_folded")


def _issued(connection: sa.Connection) -> Iterator[list[sa.Row[int, str, str]]]:
    last = 0
    while True:
        batch = connection.execute(
            sa.select(_ISSUED.c.id, _ISSUED.c.given_name, _ISSUED.c.family_name)
            .where(_ISSUED.c.id > last)
            .order_by(_ISSUED.c.id)
            .limit(_BATCH)
        ).all()
        if not batch:
            return
        yield list(batch)
        last = batch[-1].id
