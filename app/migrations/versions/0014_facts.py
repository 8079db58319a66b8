"""facts: one currency per SKU for life, and costs and competitor prices with source, date and author"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step.

    Where a catalog gave a product another currency than its price, the price is right: amounts were never converted.
    Its facts were counted in the other currency, so they are not known. All other facts count as observed now.
    """
    op.execute(
        "UPDATE product SET cost = NULL, competitor_price = NULL WHERE EXISTS (SELECT 1 FROM price"
        " WHERE price.sku = product.sku AND price.currency <> product.currency)"
    )
    op.execute(
        "UPDATE product SET currency = (SELECT price.currency FROM price WHERE price.sku = product.sku)"
        " WHERE EXISTS (SELECT 1 FROM price WHERE price.sku = product.sku AND price.currency <> product.currency)"
    )
    op.execute(
        "UPDATE price_history SET currency = (SELECT product.currency FROM product"
        " WHERE product.sku = price_history.sku) WHERE EXISTS (SELECT 1 FROM product"
        " WHERE product.sku = price_history.sku AND product.currency <> price_history.currency)"
    )
    with op.batch_alter_table("product", schema=None) as batch_op:
        batch_op.add_column(sa.Column("cost_observed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
        batch_op.add_column(
            sa.Column("cost_source", sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default="")
        )
        batch_op.add_column(sa.Column("competitor_observed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
        batch_op.add_column(
            sa.Column("competitor_source", sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default="")
        )
        batch_op.create_index("ix_product_currency", ["sku", "currency"], unique=True)
    op.execute(
        "UPDATE product SET cost_observed_at = CURRENT_TIMESTAMP, cost_source = 'catalog (before dates were kept)'"
        " WHERE cost IS NOT NULL"
    )
    op.execute(
        "UPDATE product SET competitor_observed_at = CURRENT_TIMESTAMP,"
        " competitor_source = 'catalog (before dates were kept)' WHERE competitor_price IS NOT NULL"
    )
    for table in ("price", "price_history"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.create_foreign_key(
                f"fk_{table}_currency",
                "product",
                ["sku", "currency"],
                ["sku", "currency"],
                deferrable=True,
                initially="DEFERRED",
            )

    op.create_table(
        "fact_change",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("sku", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("before", sa.BigInteger(), nullable=True),
        sa.Column("after", sa.BigInteger(), nullable=True),
        sa.Column("currency", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("observed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("by_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("batch", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("fact_change", schema=None) as batch_op:
        batch_op.create_index("ix_fact_change_sku", ["sku", "kind", "id"], unique=False)
        batch_op.create_index("ix_fact_change_by", ["by", "sku"], unique=False)


def downgrade() -> None:
    """Take this step back."""
    with op.batch_alter_table("fact_change", schema=None) as batch_op:
        batch_op.drop_index("ix_fact_change_by")
        batch_op.drop_index("ix_fact_change_sku")

    op.drop_table("fact_change")
    for table in ("price_history", "price"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_constraint(f"fk_{table}_currency", type_="foreignkey")

    with op.batch_alter_table("product", schema=None) as batch_op:
        batch_op.drop_index("ix_product_currency")
        batch_op.drop_column("competitor_source")
        batch_op.drop_column("competitor_observed_at")
        batch_op.drop_column("cost_source")
        batch_op.drop_column("cost_observed_at")
