"""Rules: what the active set says, in sentences, and its rows. Reading only; editing comes with drafts."""
