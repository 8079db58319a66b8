"""The HTTP API: the same functions as the screens, spoken in JSON. Owns wire formats; owns no decision."""
