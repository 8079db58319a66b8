"""Approvals: what waits for a person, why, and the decision. The queue is live; filters are in the URL."""
