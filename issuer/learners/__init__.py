"""The people who earn badges, and how they are recognised."""
