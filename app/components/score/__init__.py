"""The score: one proposal as lanes on one time axis. A story goes in; its drawing comes out."""
