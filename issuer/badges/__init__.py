"""Issued badges after the day they were issued: found, looked at, corrected, taken back, renewed."""
