"""Taking a publication back: what would come back, when that takes two people, and until when it goes on."""
