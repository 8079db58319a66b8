"""people: passwords for one use, tokens that end, browsers known to somebody; the demo's passwords go"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step. The demo's people had one password, known to everybody: nobody comes in by it any more."""
    op.add_column("user_account", sa.Column("one_time_until", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
    op.add_column("api_token", sa.Column("expires_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
    op.create_table(
        "familiar_browser",
        sa.Column("id_hash", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("user_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("seen_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("id_hash", "user_id"),
    )
    with op.batch_alter_table("familiar_browser", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_familiar_browser_user_id"), ["user_id"], unique=False)
    op.execute("UPDATE user_account SET password_hash = NULL WHERE id LIKE 'demo-%'")


def downgrade() -> None:
    """Take this step back. The demo's passwords do not return."""
    with op.batch_alter_table("familiar_browser", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_familiar_browser_user_id"))
    op.drop_table("familiar_browser")
    op.drop_column("api_token", "expires_at")
    op.drop_column("user_account", "one_time_until")
