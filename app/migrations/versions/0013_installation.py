"""installation: the identity and epoch of this store, alarms about it, and a row to try writing on"""

from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid4, uuid5

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_OLDEST = sa.text("SELECT event_id FROM outbox_event ORDER BY at, stream, seq LIMIT 1")


def upgrade() -> None:
    """Apply this step. A store that has already said something gets the identity that every copy of it gets too."""
    made = op.create_table(
        "installation_epoch",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("installation_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("why", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("began_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "alarm",
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("said", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("since", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "write_probe",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    oldest = op.get_bind().execute(_OLDEST).scalar_one_or_none()
    op.bulk_insert(
        made,
        [
            {
                "number": 1,
                "id": _identity(oldest, "epoch"),
                "installation_id": _identity(oldest, "installation"),
                "at": datetime.now(UTC),
                "by": "system",
                "why": "the pricing store was made",
                "began_at": "{}",
            }
        ],
    )


def _identity(oldest: str | None, of: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"baton:{of}:{oldest}") if oldest else uuid4())


def downgrade() -> None:
    """Take this step back."""
    op.drop_table("write_probe")
    op.drop_table("alarm")
    op.drop_table("installation_epoch")
