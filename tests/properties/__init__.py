"""Programs made by composition, and what has to hold of every repair of them."""
