"""A copy of the whole office in one file, and the office again from it."""
