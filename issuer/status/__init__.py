"""Status lists: take an index, flip a bit, publish."""
