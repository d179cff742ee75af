"""Things to do, written down beside what makes them necessary, and done once even when workers die."""
