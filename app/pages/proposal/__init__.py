"""Proposal: the passport of one proposal, its lines and findings, and the decisions that are open on it. Live."""
