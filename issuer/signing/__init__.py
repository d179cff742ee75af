"""The keys of each provider."""
