"""Entries are known by content: positions and answers carry links, what strangers wrote is kept."""

import sqlalchemy as sa
from alembic import op

from app.contracts.streams import NO_LINK, link_of

revision = "streams_0002"
down_revision = "streams_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the links. What was said so far gets its own; of a position from before, the link is not known."""
    for table in ("position", "said", "said_sequence"):
        op.add_column(table, sa.Column("link", sa.Text, nullable=False, server_default=NO_LINK))
    op.create_table(
        "foreign_entry",
        sa.Column("stream", sa.Text, nullable=False),
        sa.Column("entry", sa.Text, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("seen_at", sa.BigInteger),
    )
    op.add_column("unreadable", sa.Column("seen_at", sa.BigInteger))
    connection = op.get_bind()
    link, values = NO_LINK, []
    for seq, payload in connection.execute(sa.text("SELECT seq, payload FROM said ORDER BY seq")):
        link = link_of(link, seq, payload.encode())
        values.append({"seq": seq, "link": link})
    if values:
        connection.execute(sa.text("UPDATE said SET link = :link WHERE seq = :seq"), values)
        connection.execute(sa.text("UPDATE said_sequence SET link = :link"), {"link": link})


def downgrade() -> None:
    """Take this step back."""
    op.drop_table("foreign_entry")
    with op.batch_alter_table("unreadable") as batch_op:
        batch_op.drop_column("seen_at")
    for table in ("said_sequence", "said", "position"):
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_column("link")
