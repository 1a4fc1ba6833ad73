"""Whether two records may be of one customer, how surely, and which rules say so (domain §3.7); a choice of nobody's.

HARD: it is one. STRONG: nobody claims the later record until a person has looked. WEAK: a hint. Two different valid
company codes are two customers whatever else is alike, so nothing about them is more than a hint (A9).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from uuid import UUID

from domain.customer.events import CustomerKind, Level, Sign
from domain.customer.industries import INDUSTRIES
from domain.customer.names import SAID_FOR_A_FORM, NormalName
from domain.customer.regions import abbreviation_of, code_of
from domain.geodesy import cell_of, cells_around, metres_between
from domain.rulesets import RulingRules
from domain.values import Place

_LEVELS = {
    Sign.SAME_USCC: Level.HARD,
    Sign.SAME_DOMAIN: Level.STRONG,
    Sign.SAME_NAME_AND_REGION: Level.STRONG,
    Sign.SAME_PHONE_AND_TRADE_NAME: Level.STRONG,
    Sign.SAME_CONTACT_AND_TRADE_NAME: Level.STRONG,
    Sign.SAME_OUTLET_PHONE: Level.STRONG,
    Sign.SAME_SIGN_NEARBY: Level.STRONG,
}
"""Every other sign is a hint."""
SIGN_WEIGHTS = {
    Sign.SAME_USCC: 10_000,
    Sign.SAME_NAME_AND_REGION: 9_500,
    Sign.SAME_SIGN_NEARBY: 9_500,
    Sign.SAME_PHONE_AND_TRADE_NAME: 9_500,
    Sign.SAME_CONTACT_AND_TRADE_NAME: 9_500,
    Sign.SAME_DOMAIN: 9_000,
    Sign.SAME_OUTLET_PHONE: 8_500,
    Sign.SAME_TRADE_NAME: 6_000,
    Sign.SHORT_NAME: 5_000,
    Sign.ALIKE_TRADE_NAME: 5_000,
    Sign.SAME_PHONE: 4_000,
    Sign.SAME_CONTACT: 4_000,
    Sign.SAME_ADDRESS: 4_000,
    Sign.DIFFERENT_USCC: 0,
}
"""How much each sign says, in basis points; together they say what is left when none of them errs."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells a customer from others.

    `names`: the present one first, then those that it bore or goes by; `street`: street and house number in their
    normal form; `people`: what stands for the personal numbers and addresses of its contacts, by which they can be
    compared and not read.
    """

    customer_id: UUID
    kind: CustomerKind
    country: str
    names: tuple[NormalName, ...]
    region_code: str | None = None
    uscc: str | None = None
    registrable: str | None = None
    phones: tuple[str, ...] = ()
    place: Place | None = None
    street: str | None = None
    people: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two customers are. `score_bp`: how sure, 0–10,000; `signs`: the rules that fired, in order."""

    level: Level
    score_bp: int
    signs: tuple[Sign, ...]


def likeness(one: Identity, other: Identity, rules: RulingRules) -> Likeness | None:
    """How alike two customers are, or None where nothing speaks for their being one."""
    signs = [
        *_by_identifiers(one, other),
        *_by_phone_and_place(one, other, rules),
        *_by_people(one, other),
        *_by_name(one, other, rules),
    ]
    if not signs:
        return None
    level = max((_LEVELS.get(sign, Level.WEAK) for sign in signs), key=lambda level: level.rank)
    if one.uscc and other.uscc and one.uscc != other.uscc:
        level, signs = Level.WEAK, [*signs, Sign.DIFFERENT_USCC]
    return Likeness(level, _score(signs), tuple(signs))


def _score(signs: Iterable[Sign]) -> int:
    doubt = 10_000
    for sign in signs:
        doubt = doubt * (10_000 - SIGN_WEIGHTS[sign]) // 10_000
    return 10_000 - doubt


def _by_identifiers(one: Identity, other: Identity) -> Iterable[Sign]:
    if one.uscc is not None and one.uscc == other.uscc:
        yield Sign.SAME_USCC
    if one.registrable is not None and one.registrable == other.registrable:
        yield Sign.SAME_DOMAIN


def _by_phone_and_place(one: Identity, other: Identity, rules: RulingRules) -> Iterable[Sign]:
    outlets = one.kind is other.kind is CustomerKind.OUTLET
    here = _same_spot(one, other, rules) if outlets else None
    if not {*one.phones}.isdisjoint(other.phones):
        if here is False or _states_other_branches(one, other):
            if here is not False or _any_pair(one, other, lambda mine, yours: _spelt_alike(mine, yours, rules)):
                yield Sign.SAME_PHONE
        elif _any_pair(one, other, _same_trade_name):
            yield Sign.SAME_PHONE_AND_TRADE_NAME
        else:
            yield Sign.SAME_OUTLET_PHONE if outlets else Sign.SAME_PHONE
    if here and _any_pair(one, other, _same_trade_name):
        yield Sign.SAME_SIGN_NEARBY
    elif here and _any_pair(one, other, _something_in_common):
        yield Sign.SAME_ADDRESS


def _by_people(one: Identity, other: Identity) -> Iterable[Sign]:
    """Somebody can be reached at both by the same personal number or address; agents and accountants are at many."""
    if not one.people.isdisjoint(other.people):
        same = _any_pair(one, other, _same_trade_name) and not _states_other_branches(one, other)
        yield Sign.SAME_CONTACT_AND_TRADE_NAME if same else Sign.SAME_CONTACT


FAR_METRES = 500
"""Outlets that are further apart are not one, though one of the positions may be off by its coordinate system."""


def _same_spot(one: Identity, other: Identity, rules: RulingRules) -> bool | None:
    """Whether two outlets are in one spot; None where the records do not say."""
    apart = metres_between(one.place, other.place) if one.place is not None and other.place is not None else None
    if apart is not None and apart <= rules.near_metres:
        return True
    if one.street is not None and other.street is not None:
        return one.street == other.street
    return False if apart is not None and apart > FAR_METRES else None


def _by_name(one: Identity, other: Identity, rules: RulingRules) -> Iterable[Sign]:
    """The surest thing that any two names of them say; outlets of one name in different spots are a chain."""
    if one.kind is other.kind is CustomerKind.OUTLET and _same_spot(one, other, rules) is False:
        return
    found: set[Sign] = set()
    for mine in one.names:
        for yours in other.names:
            sign = _named_alike(one, mine, other, yours, rules)
            if sign is not None:
                found.add(sign)
    if found:
        yield max(found, key=lambda sign: (_LEVELS.get(sign, Level.WEAK).rank, SIGN_WEIGHTS[sign]))


def _named_alike(
    one: Identity, mine: NormalName, other: Identity, yours: NormalName, rules: RulingRules
) -> Sign | None:
    if one.country != other.country or _numbers(mine) != _numbers(yours) or mine.branch != yours.branch:
        return None
    where = _where(one, mine, other, yours)
    if mine.whole_trade_name == yours.whole_trade_name and mine.legal_form == yours.legal_form:
        if where is _Where.SAME or (where is _Where.UNSAID and CustomerKind.OUTLET not in (one.kind, other.kind)):
            return Sign.SAME_NAME_AND_REGION
        return Sign.SAME_TRADE_NAME
    near = where is _Where.SAME or bool(mine.industry and mine.industry == yours.industry)
    if near and mine.trade_name == yours.trade_name:
        return Sign.SAME_TRADE_NAME
    if where is not _Where.DIFFERENT and (_is_short_for(mine, yours) or _is_short_for(yours, mine)):
        return Sign.SHORT_NAME
    if near and _alike_bp(mine.trade_name, yours.trade_name) >= rules.alike_bp:
        return Sign.ALIKE_TRADE_NAME
    return None


class _Where(Enum):
    """What two records say of where the customer is."""

    SAME = "both say the same"
    DIFFERENT = "they contradict each other"
    HALF_SAID = "one of them says"
    UNSAID = "neither says"


def _where(one: Identity, mine: NormalName, other: Identity, yours: NormalName) -> _Where:
    here, there = code_of(mine.region) or one.region_code, code_of(yours.region) or other.region_code
    if mine.region and yours.region:
        within = mine.region in yours.region or yours.region in mine.region
        return _Where.SAME if within else _Where.DIFFERENT
    if here and there:
        return _Where.SAME if _one_within_the_other(here, there) else _Where.DIFFERENT
    return _Where.HALF_SAID if here or there or mine.region or yours.region else _Where.UNSAID


def _one_within_the_other(here: str, there: str) -> bool:
    """310000 is the city in which 310115 lies; codes that are built otherwise are the same or are not."""
    if not (here.isdigit() and there.isdigit() and len(here) == len(there) == 6):
        return here == there
    here, there = _without_empty_levels(here), _without_empty_levels(there)
    return here.startswith(there) or there.startswith(here)


def _without_empty_levels(code: str) -> str:
    return code.removesuffix("00").removesuffix("00")


def _any_pair(one: Identity, other: Identity, alike: Callable[[NormalName, NormalName], bool]) -> bool:
    return any(alike(mine, yours) for mine in one.names for yours in other.names)


def _same_trade_name(mine: NormalName, yours: NormalName) -> bool:
    return mine.trade_name == yours.trade_name


def _spelt_alike(mine: NormalName, yours: NormalName, rules: RulingRules) -> bool:
    return _alike_bp(mine.trade_name, yours.trade_name) >= rules.alike_bp


def _something_in_common(mine: NormalName, yours: NormalName) -> bool:
    return not {*_telling_grams(mine)}.isdisjoint(_telling_grams(yours))


def _states_other_branches(one: Identity, other: Identity) -> bool:
    """Whether both names say which branch this is, and say different ones."""
    mine, yours = one.names[0].branch, other.names[0].branch
    return bool(mine and yours and mine != yours)


SHORTEST_ABBREVIATION = 3
"""Characters of a name that leaves characters out; fewer are found in too many names."""


def _is_short_for(short: NormalName, full: NormalName) -> bool:
    """Whether a name is how people shorten one that states its legal form: 浦发银行 for 上海浦东发展银行."""
    if short.legal_form not in SAID_FOR_A_FORM or full.legal_form in SAID_FOR_A_FORM:
        return False
    said = _undecorated(_as_written(short))
    if len(said) < 2:
        return False
    wholes = [_as_written(full), full.whole_trade_name, abbreviation_of(full.region) + full.whole_trade_name]
    if any(whole.startswith(said) for whole in wholes):
        return True
    return len(said) >= SHORTEST_ABBREVIATION and any(
        whole.startswith(said[0]) and _occurs_in_order(said, whole) for whole in wholes
    )


def _as_written(name: NormalName) -> str:
    said_already = any(name.region.endswith(name.trade_name[:length]) for length in (2, 3))
    return name.whole_trade_name if said_already else name.region + name.whole_trade_name


def _undecorated(name: str) -> str:
    """A Chinese name without the letters that lists put before and after it: 万科A."""
    bare = name.strip("abcdefghijklmnopqrstuvwxyz0123456789")
    return bare if len(bare) >= 2 else name


def _occurs_in_order(said: str, whole: str) -> bool:
    rest = iter(whole)
    return all(character in rest for character in said)


def _numbers(name: NormalName) -> Sequence[str]:
    """The numbers in a name; the first school and the second are not one."""
    return [symbol for symbol in symbols(name.whole_trade_name) if symbol.isdigit()]


def symbols(name: str) -> Sequence[str]:
    """The characters of a name, with a number as one of them."""
    found: list[str] = []
    for character in name:
        if character.isdigit() and found and found[-1].isdigit():
            found[-1] += character
        else:
            found.append(character)
    return found


def _alike_bp(mine: str, yours: str) -> int:
    """The share of neighbouring pairs of symbols that two names have in common (Dice); a short name must be equal."""
    if min(len(mine), len(yours)) < 3:
        return 10_000 if mine == yours else 0
    here, there = Counter(grams(mine, 2)), Counter(grams(yours, 2))
    return 20_000 * (here & there).total() // (here.total() + there.total())


def grams(name: str, size: int) -> Sequence[str]:
    """Every so many neighbouring symbols of a name; the whole name where it has no more."""
    said = symbols(name)
    return ["".join(said[at : at + size]) for at in range(max(1, len(said) - size + 1))]


GRAMS_KEPT = 8
"""By how many pieces of its trade name a customer is found; of a longer name those whose hashes are least."""
LETTERS = 4
"""The length of a piece of a name in letters: pairs of letters are in every name."""
TOO_COMMON = {"公司", "集团", "股份", *INDUSTRIES}
"""Pieces of names by which nobody is found."""


def blocking_keys(identity: Identity) -> frozenset[str]:
    """Under what a customer lies in the index: two that are alike have a key in common, others seldom do."""
    keys = {*phone_keys(identity.phones), *domain_keys(identity.registrable)}
    if identity.kind is CustomerKind.OUTLET:
        keys |= {*street_keys(identity.street), *cell_keys(identity.place)}
    for name in identity.names:
        keys |= name_keys(name)
    return frozenset(keys)


def sought_keys(identity: Identity) -> frozenset[str]:
    """Under what the customers that may be the same are looked for: its own keys, and the cells around its place."""
    keys = blocking_keys(identity)
    if identity.place is None or identity.kind is not CustomerKind.OUTLET:
        return keys
    return keys | {f"{CELL}{cell}" for cell in cells_around(identity.place)}


PHONE, DOMAIN, STREET, CELL, GRAM = "phone:", "domain:", "street:", "cell:", "gram:"
"""With what the keys of each kind begin."""


def phone_keys(phones: Iterable[str]) -> frozenset[str]:
    """A key for each number."""
    return frozenset(f"{PHONE}{phone}" for phone in phones)


def domain_keys(registrable: str | None) -> frozenset[str]:
    """The key of a web domain, if there is one."""
    return frozenset() if registrable is None else frozenset({f"{DOMAIN}{registrable}"})


def street_keys(street: str | None) -> frozenset[str]:
    """The key of a street and number, if there is one."""
    return frozenset() if street is None else frozenset({f"{STREET}{street}"})


def cell_keys(place: Place | None) -> frozenset[str]:
    """The key of the cell in which a place lies, if there is one."""
    return frozenset() if place is None else frozenset({f"{CELL}{cell_of(place)}"})


def name_keys(name: NormalName) -> frozenset[str]:
    """The keys of a name: all of it but the region, the trade name, and pieces of that."""
    whole = sha256(f"{name.whole_trade_name}|{name.legal_form}|{name.branch}".encode()).hexdigest()[:24]
    grams_of_it = (f"{GRAM}{gram}" for gram in _telling_grams(name))
    return frozenset({f"name:{whole}", f"trade:{name.trade_name}", *grams_of_it})


def _telling_grams(name: NormalName) -> Iterable[str]:
    said = _undecorated(name.trade_name)
    found = set(grams(said, LETTERS if said.isascii() else 2)) - TOO_COMMON
    return sorted(found, key=lambda gram: sha256(gram.encode()).digest())[:GRAMS_KEPT]
