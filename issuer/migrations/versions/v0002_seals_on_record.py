"""The register of seals: which key sealed what, and when that was filed."""

import hashlib
import json
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from keys.multibase import base58btc_decode, base64url_decode

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_BATCH = 500


def upgrade() -> None:
    """Make the table, and enter what has been issued."""
    seal = op.create_table(
        "seal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("credential_record_id", sa.Integer(), nullable=False),
        sa.Column("key_thumbprint", sa.String(length=43), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["credential_record_id"],
            ["issued_credential.id"],
            name=op.f("fk_seal_credential_record_id_issued_credential"),
        ),
        sa.ForeignKeyConstraint(
            ["key_thumbprint"], ["signing_key.thumbprint"], name=op.f("fk_seal_key_thumbprint_signing_key")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal")),
        sa.UniqueConstraint(
            "credential_record_id", "key_thumbprint", name=op.f("uq_seal_credential_record_id_key_thumbprint")
        ),
    )
    op.create_index("ix_seal_key_digest", "seal", ["key_thumbprint", "digest"])
    connection = op.get_bind()
    for batch in _issued(connection):
        rows = [row for each in batch for row in _seals(connection, each)]
        if rows:
            connection.execute(sa.insert(seal), rows)


def downgrade() -> None:
    """Remove it again."""
    op.drop_index("ix_seal_key_digest", table_name="seal")
    op.drop_table("seal")


_ISSUED = sa.table(
    "issued_credential",
    sa.column("id", sa.Integer),
    sa.column("issued_at", sa.DateTime(timezone=True)),
    sa.column("sealed_json", sa.Text),
    sa.column("sealed_jwt", sa.Text),
)
_KEY = sa.table("signing_key", sa.column("thumbprint"), sa.column("method_id"), sa.column("key_url"))


def _issued(connection: sa.Connection) -> Iterator[list[sa.Row[tuple[object, ...]]]]:
    last = 0
    while batch := connection.execute(
        sa.select(_ISSUED).where(_ISSUED.c.id > last).order_by(_ISSUED.c.id).limit(_BATCH)
    ).all():
        yield list(batch)
        last = batch[-1].id


def _seals(connection: sa.Connection, issued: sa.Row[tuple[object, ...]]) -> Iterator[dict[str, object]]:
    """One row for each of the two sealed texts, read as the office of that time wrote them."""
    found = []
    if issued.sealed_json:
        proof = json.loads(issued.sealed_json)["proof"]
        found.append((_KEY.c.method_id == proof["verificationMethod"], base58btc_decode(proof["proofValue"][1:])))
    if issued.sealed_jwt:
        header, _, signature = issued.sealed_jwt.split(".")
        found.append((_KEY.c.key_url == json.loads(base64url_decode(header))["kid"], base64url_decode(signature)))
    for is_key, signature in found:
        thumbprint = connection.execute(sa.select(_KEY.c.thumbprint).where(is_key)).scalar_one()
        yield {
            "credential_record_id": issued.id,
            "key_thumbprint": thumbprint,
            "digest": hashlib.sha256(signature).hexdigest(),
            "filed_at": issued.issued_at,
        }
