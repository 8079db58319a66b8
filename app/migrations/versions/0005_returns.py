"""returns keep appointments of their own"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_STILL_OPEN = "done_at IS NULL AND cancelled_at IS NULL"
_RETURNS = "proposal_id IN (SELECT id FROM proposal WHERE returns IS NOT NULL)"


def upgrade() -> None:
    """Apply this step: a return goes back at its time, decided or not, and never expires."""
    op.execute(
        sa.text(f"UPDATE timer SET kind = 'return' WHERE kind = 'publish' AND {_STILL_OPEN} AND {_RETURNS}")  # noqa: S608
    )
    op.execute(
        sa.text(
            f"UPDATE timer SET cancelled_at = due_at WHERE kind IN ('remind', 'expire') AND {_STILL_OPEN}"  # noqa: S608
            f" AND {_RETURNS}"
        )
    )
    op.execute(
        sa.text(
            "INSERT INTO timer (proposal_id, kind, due_at, version)"
            " SELECT id, 'return', effective_at, version FROM proposal"
            " WHERE returns IS NOT NULL AND status = 'PENDING_APPROVAL' AND effective_at IS NOT NULL"
        )
    )
    op.execute(
        sa.text("UPDATE proposal SET expires_at = NULL WHERE returns IS NOT NULL AND status = 'PENDING_APPROVAL'")
    )


def downgrade() -> None:
    """Take this step back."""
    op.execute(
        sa.text(f"UPDATE timer SET kind = 'publish' WHERE kind = 'return' AND {_STILL_OPEN} AND {_RETURNS}")  # noqa: S608
    )
    op.execute(
        sa.text(f"UPDATE timer SET cancelled_at = due_at WHERE kind = 'return-check' AND {_STILL_OPEN}")  # noqa: S608
    )
