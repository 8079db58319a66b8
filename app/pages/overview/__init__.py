"""Overview: what waits for me, what is in flight, how every context is doing, the last repricings. Live."""
