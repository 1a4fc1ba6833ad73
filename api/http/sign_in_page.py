"""What is on the page to sign in at; the console draws it."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.access import Caller
from services.accounts import Account


@dataclass(frozen=True, slots=True)
class SignInPage:
    """What the page shows.

    `next`: the path to go to afterwards; `name`: what was typed before; `problem`: why the last try failed, in words;
    `open_doors`: the accounts of a demo company, each a button; `caller`: who is in already; `issuer`: the
    path that leads to the issuer which vouches for people, where there is one.
    """

    next: str
    name: str = ""
    problem: str | None = None
    open_doors: Sequence[Account] = ()
    caller: Caller | None = None
    issuer: str | None = None
