"""The interface for machines: /api/v1, its description and its page."""
