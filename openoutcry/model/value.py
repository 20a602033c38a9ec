"""What is recorded and told: values that never change, and are compact in a journal.

Rule: a value refers to values, never to what holds it, so no value is part of a cycle. That is why
Python's search for garbage leaves them out (`gc=False`): a venue makes dozens for every order.
"""

from msgspec import Struct


class Value(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Frozen, made by name, and written without the fields that have their default."""
