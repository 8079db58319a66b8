"""shows: a price that came back keeps which version it shows, a roll-back who ordered it alone and whether it waits"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_BENEATH = sa.text(
    "UPDATE price_history SET shows = (SELECT line.base_version FROM proposal JOIN line ON line.sku = price_history.sku"
    " AND line.proposal_id = CASE WHEN price_history.cause = 'rolled-back' THEN proposal.id ELSE proposal.returns END"
    " WHERE proposal.id = price_history.proposal_id"
    " AND (price_history.cause = 'rolled-back' OR proposal.status NOT IN ('ROLLING_BACK', 'ROLLED_BACK')))"
    " WHERE price_history.proposal_id IS NOT NULL"
)
_FURTHER = sa.text(
    "UPDATE price_history SET shows = (SELECT deeper.shows FROM price_history AS deeper"
    " WHERE deeper.sku = price_history.sku AND deeper.version = price_history.shows)"
    " WHERE EXISTS (SELECT 1 FROM price_history AS deeper WHERE deeper.sku = price_history.sku"
    " AND deeper.version = price_history.shows AND deeper.shows IS NOT NULL)"
)
"""Every time it runs it leads twice as far down, until no price leads to one that came back itself."""


def upgrade() -> None:
    """Apply this step. What came back before shows what lies beneath all that ended in between."""
    op.add_column("effect", sa.Column("alone", sa.String(), nullable=False, server_default=""))
    op.add_column("effect", sa.Column("waits", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("price_history", sa.Column("shows", sa.Integer(), nullable=True))
    connection = op.get_bind()
    connection.execute(_BENEATH)
    while connection.execute(_FURTHER).rowcount:
        pass


def downgrade() -> None:
    """Take this step back."""
    op.drop_column("price_history", "shows")
    op.drop_column("effect", "waits")
    op.drop_column("effect", "alone")
