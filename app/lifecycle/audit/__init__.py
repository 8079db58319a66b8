"""The audit trail: what is written down of every deed, in whose words, and the evidence that it is whole."""
