"""How a database comes to the shape this program needs."""
