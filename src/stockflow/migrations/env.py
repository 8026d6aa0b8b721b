"""Run by Alembic; the connection comes from `migrations.migrate`."""

from alembic import context

# without the models, which only a comparison needs: they take longer to load than most migrations to run
context.configure(
    connection=context.config.attributes["connection"], transaction_per_migration=True
)
with context.begin_transaction():
    context.run_migrations()
