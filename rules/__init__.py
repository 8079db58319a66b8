"""What is allowed: facts in, verdict out. Pure: no clock, no store, no network, and of ours `app.words` alone."""
