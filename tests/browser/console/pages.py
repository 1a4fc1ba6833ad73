"""The pages of the console and who looks at them; a new page takes its place here and is looked at by every test."""

from collections.abc import Mapping

PAGES: Mapping[str, tuple[str, str]] = {
    "me": ("rep", "/me"),
    "today": ("manager", "/today"),
    "today-past": ("auditor", "/today?date=2026-03-17&at=1100"),
    "reps": ("manager", "/reps"),
    "find": ("manager", "/find?q=r0"),
    "sign-in": ("rep", "/sign-in"),
    "about": ("auditor", "/about"),
    "replay": ("manager", "/reps/r01/replay?date=2026-03-17"),
    "replay-at-a-step": ("rep", "/reps/r01/replay?date=2026-03-17&step=0&basis=recorded"),
    "replay-week": ("auditor", "/reps/r01/replay?date=2026-03-17&range=week"),
    "replay-empty": ("manager", "/reps/r01/replay?date=2026-03-14"),
    "day": ("manager", "/reps/r01/days/2026-03-17"),
    "customers": ("rep", "/customers?mine=true"),
    "customer": ("manager", "/customers/{customer}"),
    "customer-as-recorded": ("rep", "/customers/{customer}?axis=recorded"),
    "claim": ("rep", "/customers/{customer}/claim"),
    "pool": ("rep", "/pool"),
    "pool-ending": ("manager", "/pool?tab=ending"),
    "pool-empty": ("ops", "/pool?tab=harvest"),
    "problem": ("rep", "/reps"),
    "past": ("manager", "/reps?at=900"),
}
"""By name: who looks, and the address; `{customer}` stands for a customer who was held and visited."""
REFUSED = ("problem",)
"""Pages that come with a status of 400 or more, which a browser mentions in its console."""
