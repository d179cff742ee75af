"""The gate's window: the check pages and their JSON, runnable without the office, its database or any key."""
