"""What a text is as a web domain: its A-label, the part that is bought, and whether it says anything of a company."""

import pytest

from domain.facts import DomainFacts
from services.adapters.company_domains import CompanyDomains

read_domain = CompanyDomains()


@pytest.mark.parametrize(
    ("text", "label", "registrable"),
    [
        ("acme.com", "acme.com", "acme.com"),
        (" Acme.COM. ", "acme.com", "acme.com"),
        ("www.bücher.de", "www.xn--bcher-kva.de", "xn--bcher-kva.de"),
        ("shop.acme.com.cn", "shop.acme.com.cn", "acme.com.cn"),
        ("例子.中国", "xn--fsqu00a.xn--fiqs8s", "xn--fsqu00a.xn--fiqs8s"),
        ("acme.github.io", "acme.github.io", "acme.github.io"),
        ("acme.example", "acme.example", "acme.example"),
    ],
)
def test_a_company_domain_has_an_a_label_and_a_part_that_is_bought(text: str, label: str, registrable: str) -> None:
    assert read_domain(text) == DomainFacts(text, label, registrable, is_public_suffix=False, is_free_mail=False)


@pytest.mark.parametrize("suffix", ["com", "com.cn", "co.uk", "中国", "github.io", "localhost"])
def test_under_a_public_suffix_anybody_may_register(suffix: str) -> None:
    facts = read_domain(suffix)
    assert (facts.is_public_suffix, facts.registrable) == (True, None)


@pytest.mark.parametrize("provider", ["qq.com", "QQ.com", "vip.163.com", "mail.qq.com", "gmail.com", "yahoo.co.uk"])
def test_a_free_mail_provider_is_known_as_one(provider: str) -> None:
    assert read_domain(provider).is_free_mail


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "not a domain",
        "http://acme.com/",
        "li@acme.com",
        "a..b",
        "-acme.com",
        "10.0.0.1",
        "x" * 400,
        "acme.com:80",
    ],
)
def test_what_is_no_domain_has_no_a_label(text: str) -> None:
    assert read_domain(text).ascii is None
