"""A no with a name: why something asked for does not happen, and what is kept of the asking."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import ClassVar

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class Refusal(Exception):
    """Something was asked for and a rule says no.

    Each refusal is a dataclass of its own, named for its reason: its fields are the ids, limits and hours that
    make the answer useful, its code is its name in capitals. `leaving` holds events that record the no as
    evidence in a way of its own; every other refused decision is kept as a `DecisionRefused`.
    """

    by_code: ClassVar[dict[str, type["Refusal"]]] = {}
    leaving: Sequence[object] = ()
    receipt: object | None = None

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        other = Refusal.by_code.setdefault(cls.code(), cls)
        if other is not cls:
            msg = f"{cls.code()} is said by {other.__module__} already; a code is one reason, wherever it is met"
            raise TypeError(msg)

    @classmethod
    def code(cls) -> str:
        """The name that clients and auditors see: `AlreadyClaimed` is `ALREADY_CLAIMED`."""
        return _WORD.sub("_", cls.__name__).upper()

    def facts(self) -> Mapping[str, object]:
        """The ids, limits and hours of this no, by field name."""
        if not is_dataclass(self):
            return {}
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def __str__(self) -> str:
        return f"{self.code()} {dict(self.facts())}"


class Invalid(Refusal):
    """What was sent cannot be taken as it is: a value breaks its own rule, whoever asks and whenever."""


class Unknown(Refusal):
    """What was asked about does not exist."""


class NotAllowed(Refusal):
    """The asker may not ask this."""


class Conflict(Refusal):
    """The asking is in order, but a rule of the business says no at this moment."""
