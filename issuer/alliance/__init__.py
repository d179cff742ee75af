"""What the alliance office does for all: the trust list it signs, the figures it reports."""
