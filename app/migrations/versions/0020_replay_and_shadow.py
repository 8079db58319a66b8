"""replays of rule sets over past proposals, and what sets in shadow say beside the one that judges"""

from collections.abc import Callable
from typing import TypeVar

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

T = TypeVar("T")

_TEXT, _AT = sqlmodel.sql.sqltypes.AutoString, sqlmodel.sql.sqltypes.UTCDateTime


def _columns(kind: Callable[[], sa.types.TypeEngine[T]], *names: str) -> list[sa.Column[T]]:
    return [sa.Column(name, kind(), nullable=False) for name in names]


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "rule_replay",
        *_columns(_TEXT, "id"),
        *_columns(sa.Integer, "rule_set"),
        *_columns(_TEXT, "content_hash"),
        *_columns(_AT, "since", "until"),
        *_columns(_TEXT, "state", "asked_by", "asked_by_name"),
        *_columns(_AT, "asked_at"),
        *[sa.Column(name, _AT(), nullable=True) for name in ("begun_at", "beat_at", "finished_at")],
        *_columns(_TEXT, "owner"),
        *_columns(sa.Integer, "attempts", "total", "done"),
        *_columns(_TEXT, "cancelled_by", "note"),
        sa.Column("result", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_rule_replay_rule_set", "rule_replay", ["rule_set"])
    op.create_index("ix_rule_replay_state", "rule_replay", ["state"])
    op.create_table(
        "rule_replay_line",
        *_columns(_TEXT, "replay_id"),
        *_columns(sa.Integer, "place", "proposal", "line"),
        *_columns(_TEXT, "sku", "category"),
        *_columns(sa.Integer, "change_bp"),
        *_columns(_TEXT, "was", "now", "kinds"),
        sa.PrimaryKeyConstraint("replay_id", "place"),
    )
    op.create_table(
        "rule_replay_spread",
        *_columns(_TEXT, "replay_id", "rule", "kind"),
        *_columns(sa.Integer, "limit"),
        *_columns(sa.Boolean, "level"),
        *_columns(sa.Integer, "unmeasured"),
        *_columns(sa.Text, "counts"),
        sa.PrimaryKeyConstraint("replay_id", "rule"),
    )
    op.create_table(
        "rule_shadow_day",
        *_columns(sa.Integer, "rule_set", "version"),
        *_columns(_TEXT, "day"),
        *_columns(sa.Integer, "proposals", "lines", "stricter", "milder"),
        sa.PrimaryKeyConstraint("rule_set", "version", "day"),
    )
    op.create_table(
        "rule_shadow_line",
        *_columns(sa.Integer, "rule_set"),
        *_columns(_TEXT, "proposal_id"),
        *_columns(sa.Integer, "line", "version", "proposal"),
        *_columns(_AT, "at"),
        *_columns(_TEXT, "sku", "category"),
        *_columns(sa.Integer, "change_bp"),
        *_columns(_TEXT, "was", "now", "kinds"),
        sa.PrimaryKeyConstraint("rule_set", "proposal_id", "line"),
    )
    op.create_index("ix_rule_shadow_line_newest", "rule_shadow_line", ["rule_set", "proposal", "line"])


def downgrade() -> None:
    """Take this step back."""
    for name in ("rule_shadow_line", "rule_shadow_day", "rule_replay_spread", "rule_replay_line", "rule_replay"):
        op.drop_table(name)
