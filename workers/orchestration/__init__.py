"""The orchestrated half's processes: the lifecycle's jobs and clock, and the tracker. No business rule lives here."""
