"""Every shape that was ever stored still reads, and none is without its sample."""

from pathlib import Path

import pytest

from domain.vocabulary import VOCABULARY
from services.adapters.event_json import EventJson

SAMPLES = Path(__file__).parent / "stored_events"
SHAPES = [(word.name, version) for word in VOCABULARY for version in range(1, word.schema_version + 1)]


def sample(name: str, version: int) -> bytes:
    """The words of one event as they were stored in one shape."""
    return (SAMPLES / f"{name}.v{version}.json").read_bytes().rstrip(b"\n")


def test_every_shape_has_a_sample_and_every_sample_a_shape() -> None:
    assert {path.name for path in SAMPLES.iterdir()} == {f"{name}.v{version}.json" for name, version in SHAPES}


@pytest.mark.parametrize(("name", "version"), SHAPES)
def test_a_sample_reads_as_the_event_of_today(name: str, version: int) -> None:
    word = VOCABULARY.named(name)
    assert word is not None
    assert type(EventJson().read_payload(name, version, sample(name, version))) is word.event


@pytest.mark.parametrize(("name", "version"), [(word.name, word.schema_version) for word in VOCABULARY])
def test_todays_shape_is_written_as_its_sample(name: str, version: int) -> None:
    codec = EventJson()
    assert codec.payload(codec.read_payload(name, version, sample(name, version))) == sample(name, version)
