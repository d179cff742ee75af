"""The same statements in another order: what a stranger may do to a sealed document without breaking the seal."""

import random
from typing import Any

from credentials.contexts import SHIPPED


def shuffled(value: Any, chance: random.Random) -> Any:
    """Every array in another order, except the lists that a signature covers as such."""
    if isinstance(value, dict):
        return {name: inner if name in SHIPPED.list_terms else shuffled(inner, chance) for name, inner in value.items()}
    if isinstance(value, list):
        items = [shuffled(item, chance) for item in value]
        return chance.sample(items, len(items))
    return value
