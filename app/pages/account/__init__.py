"""One's own account: what one may do and holds, and the password. For everybody who is signed in."""
