"""effect: what the look before the first step of a roll-back rests on"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step. What is under way looks at each of its steps, as before."""
    op.add_column(
        "effect", sa.Column("rests_on", sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default="")
    )


def downgrade() -> None:
    """Take this step back."""
    op.drop_column("effect", "rests_on")
