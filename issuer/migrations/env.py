"""Run by Alembic: migrate over the connection that ``issuer.migrations.run`` hands in."""

from alembic import context

from issuer.records import Record

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Record.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
