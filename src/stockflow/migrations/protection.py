"""What makes a table a tenant table: row-level security for everyone, and the least privileges."""

from alembic import op

from stockflow.foundation.postgres import APP_ROLE


def protect(table: str, privileges: str, *, key: str = "company_id") -> None:
    """Show the application only rows of the company its transaction is set to.

    Without a setting the policy fails with an error instead of hiding everything.
    """
    own = f"{key} = current_setting('stockflow.company_id')::bigint"
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY company_isolation ON {table} USING ({own}) WITH CHECK ({own})")
    op.execute(f"GRANT {privileges} ON {table} TO {APP_ROLE}")
