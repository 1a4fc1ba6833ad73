"""Writes the OpenAPI document that clients rely on; it changes on purpose only."""

import json
from pathlib import Path

from api.http.app import create_app
from services.platform import in_memory

PINNED = Path(__file__).parent.parent / "api" / "openapi.json"


def document() -> str:
    """The document as the app gives it out, in a form that shows well what changed."""
    return json.dumps(create_app(in_memory()).openapi(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    PINNED.write_text(document(), encoding="utf-8")
