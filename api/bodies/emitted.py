"""A request type: the word for it, the body that it takes, and the use case that answers it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic

from api.bodies.parts import B
from services.platform import Platform
from services.ports import Context, Receipt


@dataclass(frozen=True)
class Emitted(Generic[B]):
    """One request type. `call` is the body's translation into its use case."""

    asked: str
    body: type[B]
    call: Callable[[Platform, B, Context], Awaitable[Receipt]]


AnyEmitted = Emitted[Any]
"""A request type whose body is whatever it is."""
