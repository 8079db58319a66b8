"""Calendar: what will publish, return, go on, escalate and expire; freeze windows; the switch that stops it all."""
