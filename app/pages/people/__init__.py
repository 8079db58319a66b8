"""People: who belongs here, in which roles, and what they hold. For owners."""
