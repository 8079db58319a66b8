"""what Baton did to protected rows, sealed, and how many checkpoints were written outside"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString
_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply this step. What stands there is taken down by `baton migrate` and `baton up` right afterwards."""
    op.create_table(
        "audit_state",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("kind", _TEXT(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("seal", _TEXT(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.add_column("audit_head", sa.Column("state_position", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("audit_head", sa.Column("state_seal", _TEXT(), nullable=False, server_default=""))
    op.add_column("audit_head", sa.Column("checkpoints", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("audit_head", sa.Column("checkpoint", _TEXT(), nullable=False, server_default=""))


def downgrade() -> None:
    """Take this step back. The head's seal was made over what goes: an owner adopts the trail anew afterwards."""
    for name in ("checkpoint", "checkpoints", "state_seal", "state_position"):
        op.execute(f"ALTER TABLE audit_head DROP COLUMN {name}")
    op.drop_table("audit_state")
