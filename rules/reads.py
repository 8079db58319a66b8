"""Which facts a rule set reads beside those that every line has."""

from functools import lru_cache

from rules import registry
from rules.facts import MORE
from rules.ruleset import RuleSet


@lru_cache(maxsize=32)
def reads(rule_set: RuleSet) -> frozenset[str]:
    """Return the names among `MORE` that its kinds or its scopes read, whether or not their rows are in force today."""
    kinds = registry.kinds()
    named = (kinds[rule.kind].reads for rule in rule_set.rules if rule.kind in kinds)
    scoped = frozenset({"sub_category"} if any(rule.scope.sub_category for rule in rule_set.rules) else ())
    return MORE & scoped.union(*named)
