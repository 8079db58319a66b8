"""From a submission to a verdict: lines and their facts, the policy that asks the rules, and who supplied evidence.

Decides nothing: a verdict says who decides.
"""
