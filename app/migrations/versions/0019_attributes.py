"""attributes: family, pack, content and advertised minimum of a product, and all that was read of a line"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString
_PRODUCT = ("minimum_advertised", "content_unit", "content", "pack_size", "family_rank", "family")


def upgrade() -> None:
    """Apply this step. Of products of before nothing is known; lines of before were judged on nothing more."""
    for column in (
        sa.Column("family", _TEXT(), nullable=False, server_default=""),
        sa.Column("family_rank", sa.Integer(), nullable=True),
        sa.Column("pack_size", sa.BigInteger(), nullable=True),
        sa.Column("content", sa.BigInteger(), nullable=True),
        sa.Column("content_unit", _TEXT(), nullable=False, server_default=""),
        sa.Column("minimum_advertised", sa.BigInteger(), nullable=True),
    ):
        op.add_column("product", column)
    op.create_index("ix_product_family", "product", ["family"])
    op.add_column("line", sa.Column("more_facts", sa.Text(), nullable=True))


def downgrade() -> None:
    """Take this step back."""
    op.drop_column("line", "more_facts")
    op.drop_index("ix_product_family", "product")
    for name in _PRODUCT:
        op.drop_column("product", name)
