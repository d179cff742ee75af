"""What can be earned, who may award it, whose programme it is: data, loaded from files."""
