"""What the states of pages share: news, what every page does, forms of time, and who is signed in."""
