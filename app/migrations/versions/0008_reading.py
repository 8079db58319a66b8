"""reading: how a draft was read, what its bad rows may mean, and what a person chose for a layout"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step. Drafts of before stay as they are: nobody knows any more how they were read."""
    op.create_table(
        "remembered_reading",
        sa.Column("user_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("layout", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("given", sa.Text(), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "layout"),
    )
    with op.batch_alter_table("draft", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reading", sa.Text(), nullable=True))
    with op.batch_alter_table("draft_line", schema=None) as batch_op:
        batch_op.add_column(sa.Column("meant", sqlmodel.sql.sqltypes.AutoString(), nullable=True))
        batch_op.add_column(sa.Column("value", sqlmodel.sql.sqltypes.AutoString(), nullable=True))


def downgrade() -> None:
    """Take this step back."""
    with op.batch_alter_table("draft_line", schema=None) as batch_op:
        batch_op.drop_column("value")
        batch_op.drop_column("meant")
    with op.batch_alter_table("draft", schema=None) as batch_op:
        batch_op.drop_column("reading")
    op.drop_table("remembered_reading")
