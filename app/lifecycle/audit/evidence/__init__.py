"""What makes the audit trail evidence: a head and keyed seals over all chains, and checks against what stands beside.

Owns keys, seals, checkpoints and verification; what happened is told by others, through `audit_trail.record`.
"""
