"""What may happen to a proposal: statuses, the transition table, its guards, and the one writer of a status.

Knows who may do what and when; how each deed is done stands in the other rooms.
"""
