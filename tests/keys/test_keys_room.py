"""The names and codes of the keys room."""

import keys
from keys import errors


def test_every_error_has_a_code_of_its_own() -> None:
    """Codes are public and never shared."""
    kinds = [
        kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.VoltpassError)
    ]
    codes = [kind.code for kind in kinds]
    assert len(set(codes)) == len(codes)
    assert all(issubclass(kind, errors.KeyMaterialError) for kind in kinds if kind is not errors.VoltpassError)


def test_the_room_exports_what_it_lists() -> None:
    """Every listed name exists."""
    assert all(hasattr(keys, name) for name in keys.__all__)
