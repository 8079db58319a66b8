"""Counts per category and day."""

import sqlalchemy as sa
from alembic import op

revision = "analytics_0001"
down_revision = None
branch_labels = None
depends_on = "streams_0001"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "product",
        sa.Column("sku", sa.Text, primary_key=True),
        sa.Column("category", sa.Text, nullable=False),
    )
    op.create_table(
        "daily",
        sa.Column("category", sa.Text, primary_key=True),
        sa.Column("day", sa.Text, primary_key=True),
        sa.Column("changes", sa.BigInteger, nullable=False),
        sa.Column("sum_bp", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "last_change",
        sa.Column("sku", sa.Text, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("day", sa.Text, nullable=False),
        sa.Column("bp", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in ("last_change", "daily", "product"):
        op.drop_table(table)
