"""What is known of a web domain: by IDNA, the public suffix list, and the list of free-mail providers."""

from functools import cache

import idna
from publicsuffixlist import PublicSuffixList

from domain.facts import DomainFacts
from services.adapters.free_mail import FREE_MAIL


class CompanyDomains:
    """Implements the port `ReadDomain`; the lists are read once a process, when the first is asked for."""

    def __call__(self, text: str) -> DomainFacts:
        """The facts of a text; one that is no domain has no A-label."""
        label = _a_label(text)
        if label is None:
            return DomainFacts(text, None, None, is_public_suffix=False, is_free_mail=False)
        registrable = _suffixes().privatesuffix(label)
        return DomainFacts(
            text=text,
            ascii=label,
            registrable=registrable,
            is_public_suffix=registrable is None,
            is_free_mail=label in FREE_MAIL or registrable in FREE_MAIL,
        )


@cache
def _suffixes() -> PublicSuffixList:
    """The public suffix list, which nobody changes while the process runs; reading it takes a tenth of a second."""
    return PublicSuffixList()


def _a_label(text: str) -> str | None:
    """The domain in the form in which the network knows it; None for what is none, an address of numbers included."""
    try:
        label = idna.encode(text.strip().removesuffix("."), uts46=True, std3_rules=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        return None
    return None if label.rsplit(".", maxsplit=1)[-1].isdigit() else label
