"""Whom those who check should believe besides the log's signer: witnesses, and how many of whom (C2SP tlog-policy)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from services.checkpoints import COSIGNATURE, NoCheckpoint, PublicKey, carries

NOBODY = "none"


class NoPolicy(ValueError):
    """What was given is no policy; which line is not understood."""


@dataclass(frozen=True, slots=True)
class Trusted:
    """A witness: how the policy calls it, its key, and where it answers (None where nobody here asks it)."""

    name: str
    key: PublicKey
    url: str | None


@dataclass(frozen=True, slots=True)
class Group:
    """Witnesses or groups of which so many must have seen a checkpoint."""

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrustPolicy:
    """The witnesses that are asked, and the quorum without which a bundle is not handed out."""

    witnesses: tuple[Trusted, ...] = ()
    groups: tuple[Group, ...] = ()
    quorum: str = NOBODY

    def text(self, log: str) -> str:
        """The policy as it lies in a bundle: with the key of the log, without addresses."""
        lines = [f"log {log}"]
        lines += [f"witness {one.name} {one.key.text}" for one in self.witnesses]
        lines += [f"group {one.name} {one.threshold} {' '.join(one.members)}" for one in self.groups]
        return "".join(f"{line}\n" for line in [*lines, f"quorum {self.quorum}"])

    def of_witnesses(self, cosignatures: Sequence[str]) -> Sequence[str]:
        """Those of the lines that witnesses of this policy wrote."""
        return sorted(line for line in cosignatures if any(carries(line, one.key) for one in self.witnesses))

    def is_fulfilled(self, cosignatures: Sequence[str]) -> bool:
        """Whether enough witnesses have seen a checkpoint that has these lines."""
        return self._has_seen(self.quorum, cosignatures)

    def _has_seen(self, name: str, cosignatures: Sequence[str]) -> bool:
        if name == NOBODY:
            return True
        for group in self.groups:
            if group.name == name:
                return sum(self._has_seen(one, cosignatures) for one in group.members) >= group.threshold
        [key] = [one.key for one in self.witnesses if one.name == name]
        return any(carries(line, key) for line in cosignatures)

    @classmethod
    def read(cls, text: str) -> "TrustPolicy":
        """The policy of a file; lines about logs are for those who check, and passed over. Raises `NoPolicy`."""
        witnesses: list[Trusted] = []
        groups: list[Group] = []
        quorum: str | None = None
        for number, line in enumerate(text.split("\n"), 1):
            known = {one.name for one in (*witnesses, *groups)}
            try:
                match re.split(r"[ \t]+", line.strip(" \t")):
                    case [first, *_] if first in ("", "log") or first.startswith("#"):
                        continue
                    case ["witness", name, key, *url] if len(url) < 2 and name not in known | {NOBODY}:
                        witnesses.append(Trusted(name, _witness_key(key), url[0] if url else None))
                    case ["group", name, many, *members] if name not in known | {NOBODY} and set(members) <= known:
                        groups.append(_group(name, many, members, groups))
                    case ["quorum", name] if quorum is None and name in known | {NOBODY}:
                        quorum = name
                    case _:
                        raise ValueError(line)
            except ValueError as error:
                msg = f"line {number} of the policy is not understood: {line.strip()!r}"
                raise NoPolicy(msg) from error
        if quorum is None:
            msg = "a policy has one line `quorum NAME`, or `quorum none`"
            raise NoPolicy(msg)
        return cls(tuple(witnesses), tuple(groups), quorum)


def _witness_key(text: str) -> PublicKey:
    key = PublicKey.read(text)
    if key.kind != COSIGNATURE:
        raise NoCheckpoint(text)
    return key


def _group(name: str, many: str, members: Sequence[str], groups: Sequence[Group]) -> Group:
    """A group; each name is a member once, so that no witness counts twice."""
    threshold = {"any": 1, "all": len(members)}.get(many) or int(many)
    taken = {one for group in groups for one in group.members}
    if not 1 <= threshold <= len(members) or len(set(members)) < len(members) or taken & set(members):
        raise ValueError(name)
    return Group(name, threshold, tuple(members))
