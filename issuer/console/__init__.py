"""The console: where people of a provider and of the alliance office work."""
