"""A request type: the word for it, the body that it takes, and the use case that answers it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic

from api.bodies.parts import B
from services.platform import Platform
from services.ports import Context, Receipt
from services.reception import Actor


@dataclass(frozen=True)
class Emitted(Generic[B]):
    """One request type. `call` is the body's translation into its use case.

    `foresees`: what that use case will look at, where its desk can tell beforehand; it is read, and decides nothing.
    """

    asked: str
    body: type[B]
    call: Callable[[Platform, B, Context], Awaitable[Receipt]]
    foresees: Callable[[Platform, B, Actor], Sequence[Any]] | None = None


AnyEmitted = Emitted[Any]
"""A request type whose body is whatever it is."""
