"""a head over all audit chains: every entry has a position and a seal"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step. What is there is numbered; the audit key adopts it afterwards (see `evidence.head.adopt`)."""
    op.create_table(
        "audit_head",
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("seal", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("key_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("mac", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.add_column(sa.Column("position", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("seal", sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default=""))
        batch_op.create_index("ix_audit_position", ["position"], unique=False)
    op.execute(
        "UPDATE audit_entry SET position = numbered.n"
        " FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM audit_entry) AS numbered"
        " WHERE numbered.id = audit_entry.id"
    )


def downgrade() -> None:
    """Take this step back."""
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_position")
        batch_op.drop_column("seal")
        batch_op.drop_column("position")
    op.drop_table("audit_head")
