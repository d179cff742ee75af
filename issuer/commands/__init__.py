"""What is done at a shell: each module holds the commands of one matter, and ``issuer.cli`` puts them together."""
