"""drafts: what is typed, field by field, and editions of the lines that were read"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_TEXT, _TIME = sqlmodel.sql.sqltypes.AutoString, sqlmodel.sql.sqltypes.UTCDateTime
_LINE = (
    'draft_id, "row", kind, sku, raw_price, code, reason, name, brand, "old", "new", currency, cost, competitor,'
    ' passing_price, findings, meant, "value"'
)


def upgrade() -> None:
    """Apply this step. What was read before is the first edition of its draft; one that was submitted has ended.

    The table of drafts is not made anew: on SQLite that would take all their lines with it.
    """
    op.add_column("draft", sa.Column("changed_at", _TIME(), nullable=False, server_default="1970-01-01 00:00:00"))
    op.add_column("draft", sa.Column("edition", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("draft", sa.Column("coming", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("draft", sa.Column("mended", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("draft", sa.Column("discarded_at", _TIME(), nullable=True))
    op.execute("UPDATE draft SET changed_at = created_at")
    op.create_index("ix_draft_changed_at", "draft", ["changed_at"], unique=False)
    op.create_table(
        "draft_field",
        sa.Column("draft_id", _TEXT(), nullable=False),
        sa.Column("name", _TEXT(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("at", _TIME(), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("draft_id", "name"),
    )
    _lines("draft_line_with_editions", sa.Column("edition", sa.Integer(), nullable=False), key=("edition",))
    op.execute(f"INSERT INTO draft_line_with_editions ({_LINE}, edition) SELECT {_LINE}, 1 FROM draft_line")  # noqa: S608
    op.drop_table("draft_line")
    op.rename_table("draft_line_with_editions", "draft_line")
    op.create_index("ix_draft_line_kind", "draft_line", ["draft_id", "edition", "kind", "row"], unique=False)


def downgrade() -> None:
    """Take this step back: of what was typed and not read, nothing is kept."""
    _lines("draft_line_without_editions")
    of = "SELECT edition FROM draft WHERE draft.id = draft_line.draft_id"
    op.execute(
        f"INSERT INTO draft_line_without_editions ({_LINE}) SELECT {_LINE} FROM draft_line WHERE edition = ({of})"  # noqa: S608
    )
    op.drop_table("draft_line")
    op.rename_table("draft_line_without_editions", "draft_line")
    op.create_index("ix_draft_line_kind", "draft_line", ["draft_id", "kind", "row"], unique=False)
    op.drop_table("draft_field")
    op.execute("DELETE FROM draft WHERE edition = 0")
    op.drop_index("ix_draft_changed_at", "draft")
    for name in ("discarded_at", "mended", "coming", "edition", "changed_at"):
        op.execute(f"ALTER TABLE draft DROP COLUMN {name}")


def _lines(table: str, *more: sa.Column[int], key: tuple[str, ...] = ()) -> None:
    op.create_table(
        table,
        sa.Column("draft_id", _TEXT(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("kind", _TEXT(), nullable=False),
        sa.Column("sku", _TEXT(), nullable=False),
        sa.Column("raw_price", _TEXT(), nullable=False),
        *[sa.Column(name, _TEXT(), nullable=True) for name in ("code", "reason", "name", "brand")],
        *[sa.Column(name, sa.BigInteger(), nullable=True) for name in ("old", "new")],
        sa.Column("currency", _TEXT(), nullable=True),
        *[sa.Column(name, sa.BigInteger(), nullable=True) for name in ("cost", "competitor", "passing_price")],
        sa.Column("findings", sa.Text(), nullable=True),
        *[sa.Column(name, _TEXT(), nullable=True) for name in ("meant", "value")],
        *more,
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("draft_id", "row", *key),
    )
