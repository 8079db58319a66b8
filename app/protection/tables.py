"""Every table of the pricing store: kept row by row, compared with what made it, or left, with the reason.

Deny by default: a table that stands in none of the three fails a test.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

NONE: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Keeping:
    """How a table's rows are kept: each change that Baton makes is sealed, and what stands there must be their sum.

    `called` names a row in a sentence. Columns `without` are not kept; of `secret` ones only a keyed digest is. A row
    that `may_go` harms nobody when it is gone; one that `may_be_blank` is heard of once it says something.
    """

    called: str
    without: frozenset[str] = NONE
    secret: frozenset[str] = NONE
    only: frozenset[str] = NONE
    may_go: bool = False
    may_be_blank: bool = False

    def holds(self, column: str) -> bool:
        """Tell whether a column is kept."""
        return column in self.only if self.only else column not in self.without


KEPT: Final[Mapping[str, Keeping]] = {
    "user_account": Keeping("the person {id}", secret=frozenset({"password_hash"})),
    "user_role": Keeping("the role {role} of {user_id}"),
    "api_token": Keeping("the token {token_hash:.12} of {user_id}"),
    "login_session": Keeping("the session {id_hash:.12} of {user_id}", without=frozenset({"seen_at"}), may_go=True),
    "delegation": Keeping("the delegation {id} from {lender} to {borrower}"),
    "proposal": Keeping("PC-{number}", without=frozenset({"status", "version", "updated_at"})),
    "hand": Keeping("the hand of {user_id} in {proposal_id}"),
    "decision": Keeping("the decision {id} ({action} by {by})"),
    "command": Keeping("the answered command {key} of {actor}", secret=frozenset({"answer"})),
    "effect": Keeping("the effect {id} ({kind} of {proposal_id})"),
    "canary_wave": Keeping("wave {number} of {proposal_id}"),
    "outside_measure": Keeping("the measure {id} ({name} of {proposal_id})"),
    "roll_back_request": Keeping("the request {id} to roll {proposal_id} back"),
    "rule_set": Keeping("rule set {number}", without=frozenset({"rules"})),
    "rule_set_hand": Keeping("the hand of {user_id} in rule set {rule_set}"),
    "approval_queue": Keeping("the approval queue {name}"),
    "freeze": Keeping("the freeze {id}"),
    "publishing_stop": Keeping("the stop of publishing {id}"),
    "installation_epoch": Keeping("epoch {number} of the installation"),
    "context_health": Keeping(
        "the context {name}", only=frozenset({"retired_at", "retired_by", "retired_why"}), may_be_blank=True
    ),
    "stream_sequence": Keeping("the count of {stream}"),
    "fact_batch": Keeping("the facts of {batch}"),
    "past_price": Keeping("version {version} of {sku}"),
}
"""The last two are no tables: what is kept of each batch of changed facts, and of prices that nobody announced."""

NO_TABLES: Final = frozenset({"fact_batch", "past_price"})

COMPARED: Final[Mapping[str, str]] = {
    "audit_entry": "hashes, places and seals of its own",
    "audit_state": "places and seals of its own",
    "audit_head": "a seal of its own",
    "price": "the newest version in its history",
    "price_history": "what was announced of each version; what nobody announced is kept as `past_price`",
    "outbox_event": "the links from event to event; the last one is kept as `stream_sequence`",
    "line": "the prices that the trail keeps of each submission, and what was published of it",
    "product": "what was announced of it, and the newest change of each fact",
    "fact_change": "what is kept of each batch as `fact_batch`",
}

LEFT: Final[Mapping[str, str]] = {
    "familiar_browser": "only spares somebody the limit on sign-ins of strangers; the password is asked all the same",
    "counter": "only numbers proposals, and no number can be given twice",
    "timer": "an appointment to look again; what happens then is decided by the proposal, and told",
    "pulse": "says that something changed, not what",
    "alarm": "made anew from what is looked at",
    "write_probe": "holds nothing",
    "draft": "nobody's decision before it is submitted",
    "draft_field": "nobody's decision before it is submitted",
    "draft_line": "nobody's decision before it is submitted",
    "rule_set_edit": "how a draft of rules came about; what it says has a content hash, which is kept and compared",
    "rule_replay": "what a rule set would have said; it decides nothing, and is made anew from the lines",
    "rule_replay_line": "what a rule set would have said; it decides nothing, and is made anew from the lines",
    "rule_replay_spread": "what a rule set would have said; it decides nothing, and is made anew from the lines",
    "rule_shadow_day": "what a rule set in shadow says; it decides nothing",
    "rule_shadow_line": "what a rule set in shadow says; it decides nothing",
    "remembered_reading": "how somebody's files are read; each reading is shown before it is used",
    "repricing": "a projection of events, made anew from them",
    "lane": "a projection of events, made anew from them",
    "lane_step": "a projection of events, made anew from them",
    "delivery": "a projection of events, made anew from them",
    "heard": "how far events were read; reading again changes nothing",
    "kept_entry": "copies of what streams carried, for a person to look at",
    "outbox_job": "requests to look at something; what is found is decided anew",
}
