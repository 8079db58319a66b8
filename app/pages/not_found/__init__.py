"""No such page: said in the frame's own words, with the way back."""
