"""What anybody may see: documents, pages, and what learners take away."""
