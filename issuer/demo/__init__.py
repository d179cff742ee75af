"""Demonstration data: invented organisations, courses and people."""
