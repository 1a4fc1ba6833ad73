"""Which topics an organisation has, and how they are made.

A topic is never given more partitions: the same key would go elsewhere, and a stream would lose its order. More
partitions are a new generation of topics, filled from the log.
"""

from dataclasses import dataclass

from services.bus import Topic

DAY = 24


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of one organisation in one generation."""

    organisation: str
    generation: int = 1
    partitions: int = 12

    @property
    def feed(self) -> str:
        """The log as it is, for our own projectors."""
        return f"{self.organisation}.log.v{self.generation}"

    @property
    def events(self) -> str:
        """Public messages, for whoever listens."""
        return f"{self.organisation}.events.v{self.generation}"

    @property
    def ingress(self) -> str:
        """Requests of clients."""
        return f"{self.organisation}.ingress.v{self.generation}"

    @property
    def replies(self) -> str:
        """What became of requests."""
        return f"{self.organisation}.replies.v{self.generation}"

    @property
    def dead_letters(self) -> str:
        """Requests that could not be taken, with the reason."""
        return f"{self.organisation}.dead-letters.v{self.generation}"

    def every(self) -> tuple[Topic, ...]:
        """How each is to be made. What clients send may name people, so it is kept for a day."""
        return (
            Topic(self.feed, self.partitions, 30 * DAY),
            Topic(self.events, self.partitions, 30 * DAY),
            Topic(self.ingress, self.partitions, DAY),
            Topic(self.replies, self.partitions, DAY),
            Topic(self.dead_letters, 1, DAY),
        )
