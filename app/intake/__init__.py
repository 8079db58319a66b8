"""How price files become submissions: read, checked row by row, judged, kept as a draft. Decides nothing."""
