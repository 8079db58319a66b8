"""month ago and drafts"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    with op.batch_alter_table("line", schema=None) as batch_op:
        batch_op.add_column(sa.Column("month_ago", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("held", sa.Text(), nullable=True))

    with op.batch_alter_table("proposal", schema=None) as batch_op:
        batch_op.add_column(sa.Column("unasked", sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default=""))

    with op.batch_alter_table("rule_set", schema=None) as batch_op:
        batch_op.add_column(sa.Column("drafted_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True))
        batch_op.add_column(sa.Column("drafted_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))


def downgrade() -> None:
    """Take this step back."""
    with op.batch_alter_table("rule_set", schema=None) as batch_op:
        batch_op.drop_column("drafted_at")
        batch_op.drop_column("drafted_by")

    with op.batch_alter_table("proposal", schema=None) as batch_op:
        batch_op.drop_column("unasked")

    with op.batch_alter_table("line", schema=None) as batch_op:
        batch_op.drop_column("held")
        batch_op.drop_column("month_ago")
