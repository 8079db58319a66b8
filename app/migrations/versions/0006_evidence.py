"""evidence: who a measure is from, and roll-backs that a second person must agree to"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step. A measure of before is from whoever has its name."""
    op.create_table(
        "roll_back_request",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("proposal_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("asked_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("seen", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("agreed_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("agreed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("roll_back_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_roll_back_request_proposal_id"), ["proposal_id"], unique=False)

    with op.batch_alter_table("outside_measure", schema=None) as batch_op:
        batch_op.add_column(sa.Column("source", sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default=""))
    op.execute("UPDATE outside_measure SET source = posted_by")


def downgrade() -> None:
    """Take this step back."""
    with op.batch_alter_table("outside_measure", schema=None) as batch_op:
        batch_op.drop_column("source")

    with op.batch_alter_table("roll_back_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_roll_back_request_proposal_id"))

    op.drop_table("roll_back_request")
