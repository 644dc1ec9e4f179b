"""What the user gets to see of a run: in which format, on which stream, in which colours."""
