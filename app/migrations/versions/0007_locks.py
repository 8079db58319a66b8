"""locks: at most one stop of publishing is in force, at most one rule set is active"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step. Of several stops or active rule sets the first, or the newest, is kept; it changes nothing."""
    op.execute(
        "UPDATE publishing_stop SET resumed_at = stopped_at, resumed_by = stopped_by WHERE resumed_at IS NULL"
        " AND id <> (SELECT min(id) FROM publishing_stop WHERE resumed_at IS NULL)"
    )
    op.execute(
        "UPDATE rule_set SET status = 'RETIRED' WHERE status = 'ACTIVE'"
        " AND number <> (SELECT max(number) FROM rule_set WHERE status = 'ACTIVE')"
    )
    in_force, active = sa.text("resumed_at IS NULL"), sa.text("status = 'ACTIVE'")
    op.create_index(
        "ix_publishing_stop_in_force",
        "publishing_stop",
        [sa.text("(resumed_at IS NULL)")],
        unique=True,
        sqlite_where=in_force,
        postgresql_where=in_force,
    )
    op.create_index(
        "ix_rule_set_active", "rule_set", ["status"], unique=True, sqlite_where=active, postgresql_where=active
    )


def downgrade() -> None:
    """Take this step back."""
    op.drop_index("ix_rule_set_active", table_name="rule_set")
    op.drop_index("ix_publishing_stop_in_force", table_name="publishing_stop")
