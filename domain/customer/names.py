"""Names of customers: what is taken as one, and the form in which two spellings of one name are equal (§3.7)."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from domain.customer.industries import INDUSTRIES, without_industry
from domain.customer.regions import ENDINGS, REGIONS
from domain.refusal import Invalid

SHORTEST, LONGEST = 2, 200
NAME_FORM = 1
"""The version of the normal form; a name is parted anew where it was kept in an earlier one."""

Converter = Callable[[str], str]
"""Turns one way of writing into another: traditional Chinese characters into simplified ones."""


@dataclass(eq=False)
class NameInvalid(Invalid):
    """A name has 2–200 characters, and at least one of them is a letter or a digit."""

    name: str


@dataclass(frozen=True, slots=True)
class NormalName:
    """A name in parts; two names with equal parts are spellings of one.

    `region`: where the name says the company is, without 省 or 市; `trade_name`: 字号, what people remember;
    `industry`: the lines of business that follow it; `legal_form`: in its shortest wording; `branch`: what tells a
    branch or an outlet from its parent, which keeps an identity of its own. Empty where the name does not say.
    `version`: by which rules the name was parted.
    """

    region: str
    trade_name: str
    industry: str
    legal_form: str
    branch: str
    version: int = NAME_FORM

    @property
    def full(self) -> str:
        """All parts in one text, the same for every order in which a name may state them."""
        return f"{self.region}|{self.trade_name}|{self.industry}|{self.legal_form}|{self.branch}"

    @property
    def whole_trade_name(self) -> str:
        """Trade name and industry, as they stand side by side."""
        return f"{self.trade_name}{self.industry}"


def known_name(text: str) -> str:
    """The name as it is kept: NFC, without blanks around it, if it is one."""
    name = unicodedata.normalize("NFC", text).strip()
    if not SHORTEST <= len(name) <= LONGEST or not _says_something(name):
        raise NameInvalid(text)
    return name


def searched_name(text: str) -> str:
    """A name as it is looked up: NFKC, lower case, without blanks and punctuation."""
    return _bare(unicodedata.normalize("NFKC", text).lower())


def normal_name(text: str, to_simplified: Converter = str) -> NormalName:
    """A name in its normal form. `to_simplified` leaves the characters as they are where none is given."""
    name = to_simplified(unicodedata.normalize("NFKC", text)).lower()
    name, bracketed_regions, bracketed_branch = _without_brackets(name)
    name, latin_form = _without_latin_form(name)
    name = _bare(name)
    name, legal_form, branch = _without_chinese_form(name)
    regions, name = _leading_regions(name)
    trade_name, industry = without_industry(name)
    regions = list(dict.fromkeys([*regions, *bracketed_regions]))
    if trade_name in INDUSTRIES and regions:  # 杭州银行: the region is what tells it from other banks
        trade_name, industry = f"{regions[-1]}{trade_name}{industry}", ""
    return NormalName(
        region="".join(regions),
        trade_name=trade_name,
        industry=industry,
        legal_form=legal_form or latin_form,
        branch=branch + bracketed_branch,
    )


_BRACKETS = re.compile(r"[(\[{【](?P<inside>[^()\[\]{}【】]*)[)\]}】]")
_BRANCH_ENDINGS = ("分公司", "分店", "支店", "门店", "店", "分部", "分行", "支行", "办事处", "营业部", "营业所")
_PARENT_AND_BRANCH = re.compile(
    f"(?P<parent>.+(?:有限公司|有限责任公司|集团公司))(?P<branch>.+(?:{'|'.join(_BRANCH_ENDINGS)}))"
)
_CHINESE_FORMS = {
    "集团股份有限公司": "集团股份有限公司",
    "集团有限责任公司": "集团有限公司",
    "集团有限公司": "集团有限公司",
    "股份有限公司": "股份有限公司",
    "有限责任公司": "有限公司",
    "有限公司": "有限公司",
    "集团公司": "集团公司",
    "有限合伙": "有限合伙",
    "普通合伙": "普通合伙",
    "总公司": "公司",
    "公司": "公司",
    "集团": "集团",
    "股份": "股份",
}
"""Legal forms and the wording under which they are equal; a longer one stands before those that it ends with."""
SAID_FOR_A_FORM = ("", "集团", "股份")
"""What stands for the legal form where a name is shortened as people say it."""
_LATIN_FORMS = {
    ("gmbh", "co", "kg"): "gmbh & co kg",
    ("private", "limited"): "pvt ltd",
    ("pvt", "ltd"): "pvt ltd",
    ("pty", "ltd"): "pty ltd",
    ("pte", "ltd"): "pte ltd",
    ("company", "limited"): "co ltd",
    ("co", "limited"): "co ltd",
    ("co", "ltd"): "co ltd",
    ("coltd",): "co ltd",
    ("limited",): "ltd",
    ("ltd",): "ltd",
    ("ltda",): "ltda",
    ("incorporated",): "inc",
    ("inc",): "inc",
    ("corporation",): "corp",
    ("corp",): "corp",
    ("company",): "co",
    ("co",): "co",
    ("llc",): "llc",
    ("llp",): "llp",
    ("plc",): "plc",
    ("gmbh",): "gmbh",
    ("ag",): "ag",
    ("kg",): "kg",
    ("sa",): "sa",
    ("sas",): "sas",
    ("srl",): "srl",
    ("spa",): "spa",
    ("bv",): "bv",
    ("nv",): "nv",
    ("ab",): "ab",
    ("oy",): "oy",
    ("kk",): "kk",
}
_LATIN_FORMS_BY_LAST_WORD = {
    last: [(form, wording) for form, wording in _LATIN_FORMS.items() if form[-1] == last]
    for last in dict.fromkeys(form[-1] for form in _LATIN_FORMS)
}
_LATIN_WORD = re.compile(r"[0-9a-zà-ɏ]+")


def _says_something(text: str) -> bool:
    return any(unicodedata.category(character)[0] in "LN" for character in text)


def _bare(text: str) -> str:
    """Letters, their marks and digits alone."""
    if text.isalnum():
        return text  # nothing else is in it: most names, and one look for all characters
    return "".join(character for character in text if unicodedata.category(character)[0] in "LMN")


def _without_brackets(name: str) -> tuple[str, list[str], str]:
    """The name with its brackets resolved: a region or a branch in brackets is taken out, all else stays in place."""
    regions: list[str] = []
    branches: list[str] = []

    def resolve(found: re.Match[str]) -> str:
        inside = _bare(found["inside"])
        named, rest = _leading_regions(inside, leave=0)
        if named and not rest:
            regions.extend(named)
            return ""
        if inside.endswith(_BRANCH_ENDINGS):
            branches.append(inside)
            return ""
        return inside

    resolved = _BRACKETS.sub(resolve, name)
    return (resolved, regions, "".join(branches)) if _bare(resolved) else (name, [], "")


def _without_latin_form(name: str) -> tuple[str, str]:
    """The name without the legal form that its last words state; a name that is nothing else stays whole."""
    tight = name.replace(".", "").replace("'", "")
    words = list(_LATIN_WORD.finditer(tight))
    for form, wording in _LATIN_FORMS_BY_LAST_WORD.get(words[-1][0], ()) if words else ():
        last = words[-len(form) :]
        if tuple(word[0] for word in last) != form or _bare(tight[last[-1].end() :]):
            continue
        before = tight[: last[0].start()]
        if _bare(before):
            return before, wording
    return name, ""


def _without_chinese_form(name: str) -> tuple[str, str, str]:
    """The name before its legal form, that form, and the branch that follows it."""
    parted = _PARENT_AND_BRANCH.fullmatch(name)
    head, branch = (parted["parent"], parted["branch"]) if parted else (name, "")
    for form, wording in _CHINESE_FORMS.items():
        if head.endswith(form) and head != form and not head.endswith("分公司"):
            return head.removesuffix(form), wording, branch
    return head, "", branch


def _leading_regions(name: str, *, leave: int = 2) -> tuple[list[str], str]:
    """The regions with which a name begins, and the rest; at least `leave` characters of it are not taken as such."""
    regions: list[str] = []
    while (found := _leading_region(name, leave)) is not None:
        region, name = found
        regions.append(region)
    return regions, name


def _leading_region(name: str, leave: int) -> tuple[str, str] | None:
    for region in REGIONS.get(name[:1], ()):
        if name.startswith(region):
            rest = name.removeprefix(region)
            for ending in ENDINGS:
                if rest.startswith(ending) and len(rest) - len(ending) >= leave:
                    return region, rest.removeprefix(ending)
            return (region, rest) if len(rest) >= leave else None
    return None
