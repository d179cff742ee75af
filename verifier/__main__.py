"""`python -m verifier ITEM…`: the gate alone, without office, database or key."""

from __future__ import annotations

from verifier.cli import gate_policy, verify_command

if __name__ == "__main__":
    verify_command(gate_policy)(prog_name="python -m verifier")
