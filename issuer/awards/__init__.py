"""Awards: from a file a person made to a sealed credential, and the acts that take it back."""
