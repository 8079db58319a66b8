"""Rules: what each set says, in sentences and row by row; drafts are changed in place, reviewed and activated."""
