"""``python -m issuer`` is ``voltpass``."""

from issuer.cli import main

main(prog_name="voltpass")
