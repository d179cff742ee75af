"""Batches: an award file on its way from upload to a second pair of eyes to badges, with nobody forgotten."""
