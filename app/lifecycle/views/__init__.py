"""What the lifecycle shows of itself: frozen values and the queries that read them. Nothing here writes."""
