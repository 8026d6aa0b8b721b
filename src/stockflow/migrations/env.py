"""Run by Alembic; the connection comes from `migrations.migrate`."""

from alembic import context

from stockflow.features import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata(),
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
