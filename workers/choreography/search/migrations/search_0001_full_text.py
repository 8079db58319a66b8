"""Listings with a full-text index, and an index to filter and sort by price."""

import sqlalchemy as sa
from alembic import op

revision = "search_0001"
down_revision = None
branch_labels = None
depends_on = "streams_0001"


def upgrade() -> None:
    """Create the tables and indexes."""
    serial = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "listing",
        sa.Column("id", serial, primary_key=True, autoincrement=True),
        sa.Column("sku", sa.Text, nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("brand", sa.Text, nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("subcategory", sa.Text, nullable=False),
    )
    op.create_index("ix_belief_price", "belief", ["price", "sku"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE listing ADD COLUMN words tsvector NOT NULL DEFAULT ''")
        op.execute("CREATE INDEX ix_listing_words ON listing USING gin (words)")
    else:
        op.execute(
            "CREATE VIRTUAL TABLE listing_words USING fts5"
            " (name, brand, category, code, prefix='2 3', tokenize='unicode61')"
        )


def downgrade() -> None:
    """Drop them."""
    if op.get_bind().dialect.name != "postgresql":
        op.execute("DROP TABLE listing_words")
    op.drop_index("ix_belief_price", "belief")
    op.drop_table("listing")
