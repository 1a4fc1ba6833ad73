"""All pages of the console; a new noun takes its place here."""

from fastapi import APIRouter

from api.console import customers, days, find, front, me, pool, replay, reps, statics, today

NOUNS = (statics, front, me, today, reps, replay, days, customers, pool, find)

router = APIRouter(include_in_schema=False)
for noun in NOUNS:
    router.include_router(noun.router)
