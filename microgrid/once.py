"""Values that are computed once for an object, and forgotten with it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

Owner = TypeVar("Owner")
Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


def once_for_each(function: Callable[[Owner, Key], Value]) -> Callable[[Owner, Key], Value]:
    """Keep the results of ``function(owner, key)`` as long as the owner lives.

    A cache of a fixed size would keep the series of cases that are long solved. The owner is known by its hash and
    equality, and the result must not refer to it, or neither would ever be freed.
    """
    kept: WeakKeyDictionary[Any, dict[Key, Value]] = WeakKeyDictionary()

    @functools.wraps(function)
    def once(owner: Owner, key: Key) -> Value:
        known = kept.setdefault(owner, {})
        if key not in known:
            known[key] = function(owner, key)
        return known[key]

    return once
