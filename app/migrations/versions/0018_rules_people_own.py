"""rule sets that are drafted, reviewed, scheduled and retired; who had a hand in them; under which set proposals stand"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_TEXT, _AT = sqlmodel.sql.sqltypes.AutoString, sqlmodel.sql.sqltypes.UTCDateTime
_BASED_ON = """
    UPDATE rule_set SET based_on = (
        SELECT former.number FROM rule_set AS former
        WHERE former.activated_at <= rule_set.drafted_at AND former.number < rule_set.number
        ORDER BY former.activated_at DESC, former.number DESC LIMIT 1
    ) WHERE drafted_at IS NOT NULL
"""
_RETIRED_AT = """
    UPDATE rule_set SET retired_at = (
        SELECT min(later.activated_at) FROM rule_set AS later WHERE later.activated_at > rule_set.activated_at
    ) WHERE status = 'RETIRED'
"""


def upgrade() -> None:
    """Apply this step. Drafts of before wait for somebody to submit them."""
    for column in (
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("based_on", sa.Integer(), nullable=True),
        sa.Column("reason", _TEXT(), nullable=False, server_default=""),
        sa.Column("submitted_by", _TEXT(), nullable=True),
        sa.Column("submitted_at", _AT(), nullable=True),
        sa.Column("effective_at", _AT(), nullable=True),
        sa.Column("shadow", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("retired_at", _AT(), nullable=True),
    ):
        op.add_column("rule_set", column)
    op.execute(_BASED_ON)
    op.execute(_RETIRED_AT)
    op.create_table(
        "rule_set_hand",
        sa.Column("rule_set", sa.Integer(), nullable=False),
        sa.Column("user_id", _TEXT(), nullable=False),
        sa.Column("how", _TEXT(), nullable=False),
        sa.PrimaryKeyConstraint("rule_set", "user_id"),
    )
    op.create_table(
        "rule_set_edit",
        sa.Column("rule_set", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("by", _TEXT(), nullable=False),
        sa.Column("by_name", _TEXT(), nullable=False),
        sa.Column("at", _AT(), nullable=False),
        sa.Column("content_hash", _TEXT(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("rule_set", "version"),
    )
    op.add_column("proposal", sa.Column("stands_at", _AT(), nullable=True))
    op.add_column("proposal", sa.Column("stands_under", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Take this step back. A set that was on its way is a draft again, or retired if it was dropped."""
    op.execute("UPDATE rule_set SET status = 'DRAFT' WHERE status IN ('IN_REVIEW', 'SCHEDULED')")
    op.execute("UPDATE rule_set SET status = 'RETIRED' WHERE status = 'DROPPED'")
    op.drop_column("proposal", "stands_under")
    op.drop_column("proposal", "stands_at")
    op.drop_table("rule_set_edit")
    op.drop_table("rule_set_hand")
    for name in (
        "retired_at",
        "shadow",
        "effective_at",
        "submitted_at",
        "submitted_by",
        "reason",
        "based_on",
        "version",
    ):
        op.drop_column("rule_set", name)
