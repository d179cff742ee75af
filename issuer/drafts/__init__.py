"""Achievements on their way into the catalogue: drafts, reviews, publication, authorisation, import and export."""
