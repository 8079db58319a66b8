"""deliveries: counts are sets, contexts may retire, entries are known by content and what is none is kept"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

from app.contracts.streams import NO_LINK, link_of

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_CHUNK = 5_000


def upgrade() -> None:
    """Apply this step. Deliveries keep what their lanes counted, and every event so far gets its link."""
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.add_column(sa.Column("acknowledged", sa.BigInteger(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("undone", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("context_health", schema=None) as batch_op:
        batch_op.add_column(sa.Column("alarm", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("silent_since", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column("retired_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
        batch_op.add_column(
            sa.Column("retired_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default="")
        )
        batch_op.add_column(
            sa.Column("retired_why", sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default="")
        )
    with op.batch_alter_table("repricing", schema=None) as batch_op:
        batch_op.create_index("ix_repricing_status", ["status"], unique=False)
    for table in ("heard", "stream_sequence", "outbox_event"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("link", sa.Text(), nullable=False, server_default=NO_LINK))
    op.create_table(
        "kept_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("stream", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("entry", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("why", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("done_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("seen_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    _remember_what_was_counted()
    _link_what_was_said()


def _remember_what_was_counted() -> None:
    op.execute("UPDATE delivery SET acknowledged = version WHERE state IN ('APPLIED', 'IGNORED')")
    op.execute("UPDATE delivery SET acknowledged = version - 1 WHERE state = 'REVERTED'")
    op.execute(
        "UPDATE delivery SET undone = true WHERE (repricing_id, context, sku) IN ("
        " SELECT repricing_id, context, sku FROM ("
        "  SELECT d.repricing_id, d.context, d.sku, l.undone AS counted, row_number() OVER ("
        "   PARTITION BY d.repricing_id, d.context ORDER BY CASE d.state WHEN 'REVERTED' THEN 0 WHEN 'IGNORED' THEN 1"
        "   WHEN 'PARKED' THEN 2 ELSE 3 END, d.sku) AS place"
        "  FROM delivery d JOIN lane l ON l.repricing_id = d.repricing_id AND l.context = d.context"
        "  WHERE l.undone > 0) AS ranked WHERE place <= counted)"
    )
    op.execute(
        "UPDATE lane SET undone = (SELECT count(*) FROM delivery d WHERE d.repricing_id = lane.repricing_id"
        " AND d.context = lane.context AND d.undone) WHERE undone > 0"
    )


def _link_what_was_said() -> None:
    connection = op.get_bind()
    rows = sa.text("SELECT seq, payload FROM outbox_event WHERE stream = :s AND seq > :after ORDER BY seq LIMIT :most")
    linked = sa.text("UPDATE outbox_event SET link = :link WHERE stream = :s AND seq = :seq")
    for stream in connection.execute(sa.text("SELECT stream FROM stream_sequence")).scalars().all():
        link, after = NO_LINK, 0
        while found := connection.execute(rows, {"s": stream, "after": after, "most": _CHUNK}).all():
            values = []
            for seq, payload in found:
                link = link_of(link, seq, payload.encode())
                values.append({"s": stream, "seq": seq, "link": link})
            connection.execute(linked, values)
            after = found[-1][0]
        last = sa.text("UPDATE stream_sequence SET link = :link WHERE stream = :s")
        connection.execute(last, {"link": link, "s": stream})
        reached = sa.text(
            "UPDATE heard SET link = coalesce((SELECT o.link FROM outbox_event o"
            " WHERE o.stream = heard.stream AND o.seq = heard.seq), '') WHERE stream = :s"
        )
        connection.execute(reached, {"s": stream})


def downgrade() -> None:
    """Take this step back."""
    op.drop_table("kept_entry")
    for table in ("outbox_event", "stream_sequence", "heard"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("link")
    with op.batch_alter_table("repricing", schema=None) as batch_op:
        batch_op.drop_index("ix_repricing_status")
    with op.batch_alter_table("context_health", schema=None) as batch_op:
        for column in ("retired_why", "retired_by", "retired_at", "silent_since", "alarm"):
            batch_op.drop_column(column)
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_column("undone")
        batch_op.drop_column("acknowledged")
