"""The dashboard shows figures that there are."""

import json
import re
from pathlib import Path
from typing import Any

from api.http.conversation import Measures

DASHBOARD = Path(__file__).parent.parent.parent / "docs" / "grafana" / "fieldtrace.json"


def test_every_figure_of_the_dashboard_is_given_out() -> None:
    panels: list[dict[str, Any]] = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    asked = {name for panel in panels for name in re.findall(r"fieldtrace_[a-z_]+", panel["targets"][0]["expr"])}
    given = {family.name for family in Measures().registry.collect()}
    assert {re.sub(r"_(total|bucket)$", "", name) for name in asked} <= given
    assert len(panels) == len({panel["title"] for panel in panels})
