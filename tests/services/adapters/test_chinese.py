"""Traditional and simplified characters write one name."""

import pytest

from domain.customer.names import normal_name
from services.adapters.chinese import simplified


@pytest.mark.parametrize(
    ("traditional", "plain"),
    [
        ("上海藍海貿易有限公司", "上海蓝海贸易有限公司"),
        ("臺灣積體電路製造股份有限公司", "台湾积体电路制造股份有限公司"),
        ("乾燥設備", "干燥设备"),
    ],
)
def test_two_writings_of_a_name_have_one_normal_form(traditional: str, plain: str) -> None:
    assert normal_name(simplified()(traditional)) == normal_name(plain)


def test_what_is_not_chinese_stays_as_it_is() -> None:
    assert simplified()("Müller GmbH 3M ①") == "Müller GmbH 3M ①"
