"""Work done later, asked for in the transaction of its cause."""

from alembic import op

from stockflow.foundation.postgres import APP_ROLE
from stockflow.migrations import columns, tables
from stockflow.migrations.protection import protect

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# A worker looks for the jobs of all companies, where requests see their own only. So it asks a function
# that runs as the owner, whom a policy of its own lets read jobs.
_DUE_JOBS = """
CREATE FUNCTION due_jobs(most integer) RETURNS TABLE (company_id bigint, name text, id bigint)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
SELECT j.company_id, j.name, min(j.id)
  FROM jobs j
 WHERE j.due_at <= now()
 GROUP BY j.company_id, j.name
 ORDER BY min(j.due_at)
 LIMIT most
$$
"""


def upgrade() -> None:
    tables.create(
        "jobs",
        columns.key("company_id"),
        columns.generated_id(),
        columns.text("name"),
        columns.moment("due_at"),
        columns.whole("attempts", 0, comment="how often it has failed"),
        columns.recorded("created_at"),
        tables.reference("companies"),
        tables.primary_key("id"),
    )
    tables.index("jobs", "name", "due_at")
    op.create_index(op.f("jobs_due_at_idx"), "jobs", ["due_at"])
    protect("jobs", "SELECT, INSERT, UPDATE, DELETE")
    op.execute("CREATE POLICY due ON jobs FOR SELECT TO CURRENT_USER USING (true)")
    op.execute(_DUE_JOBS)
    op.execute("REVOKE ALL ON FUNCTION due_jobs FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION due_jobs TO {APP_ROLE}")
    op.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {APP_ROLE}")


def downgrade() -> None:
    op.execute("DROP FUNCTION due_jobs")
    op.drop_table("jobs")
