"""Bring the database into the shape of this release."""

from api.cli.running import Data, Json, joined, run
from api.cli.talk import Talk


def migrate(data: Data = None, json: Json = False) -> None:
    """\b
    Examples:
      fieldtrace migrate
      DATABASE_URL=postgresql://db/fieldtrace fieldtrace migrate

    Bring the database into the shape of this release: the tables of the log; read models are made anew where their
    shape changed. Harmless when there is nothing to do.
    """
    talk = Talk(json)

    async def work() -> None:
        async with joined(data) as platform:
            await platform.prepare()
            head = await platform.log.head()
            if json:
                talk.json({"organisation": platform.settings.organisation, "position": head.position})
            else:
                talk.tell("migrated", organisation=platform.settings.organisation, position=head.position)

    run(work)
