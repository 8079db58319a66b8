"""Rule sets that people own: drafted, reviewed, activated by a second person, retired. `transitions` is their table.

Judges nothing itself (`proposing.policy` asks the rules) and moves no proposal: what another set means for those that
wait is found in the background, as it is when facts move.
"""
