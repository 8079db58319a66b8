"""Sign in: one click per demo person on this machine, or an account. Needs no state."""
