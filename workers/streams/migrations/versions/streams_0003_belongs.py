"""Which installation and epoch a context's store belongs to."""

import sqlalchemy as sa
from alembic import op

revision = "streams_0003"
down_revision = "streams_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table. A store of before is bound to the first Redis that it meets."""
    op.create_table(
        "belongs",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("installation", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("belongs")
