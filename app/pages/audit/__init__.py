"""Audit: who did what, as sentences, and whether anybody changed it since. For auditors and rule owners."""
