"""The story of a company, day by day: what its people send in, in the order in which they send it.

Everything follows from a seed and the day on which the story ends. The people try what people try: they claim what
others hold, write visits down days later, forget to check in, change a target after the fact; what becomes of it is
for the rules to say.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5
from zoneinfo import ZoneInfo

from api.demo.names import CENTRES, REGIONS, company, person, phone

ZONE = ZoneInfo("Asia/Shanghai")
_OURS = uuid5(NAMESPACE_URL, "fieldtrace:demo")
TEAMS = {"east": "华东", "south": "华南", "west": "西南"}
MANAGERS = {"east": ("mgr-east", "周晓峰"), "south": ("mgr-south", "林静怡"), "west": ("mgr-west", "罗建平")}
DIRECTOR = ("director", "沈国栋")
OPENING = (
    "客户介绍了现有供应商的交货问题，对我们的方案表示兴趣",
    "参观了生产现场，了解到目前的用量和主要痛点",
    "与采购负责人讨论了付款方式和交货周期",
    "演示了样品，客户提出两点改进意见并愿意再谈",
    "确认了下半年的预算安排，客户希望先做小批量试用",
    "客户对比了竞争对手的报价，我们说明了服务差异",
)
NEEDS = ("更换不稳定的供应商", "扩产需要增加采购", "降低单件成本", "缩短交货周期", "满足新的质量标准")
BUDGETS = ("今年预算三十万元", "每季度约八万元", "单笔不超过十五万元", "预算下月批复")
BUYERS = ("总经理签字", "采购总监批准", "老板本人决定", "董事会授权采购经理")
ORIGINS = ("COMPETITOR_RESULT", "ADVERTISEMENT", "FRIEND_REFERRAL", "EXISTING_NEED", "REP_PROSPECTING")
RESULTS = (
    "按计划完成拜访",
    "两家客户推进到报价",
    "一家客户改期，其余完成",
    "完成拜访，一家有明确需求",
    "上午外出，下午整理报价",
)
LESSONS = ("先问清谁能拍板，再谈方案", "带样品比带资料有效", "价格谈早了，应先谈痛点", "预约要提前一天确认")
CONCERNS = ("上午空档过长", "拜访记录过于简单", "计划与实际相差较大", "没有约定下一步")
STEPS = ("送样品", "发正式报价", "安排现场演示", "与技术负责人会面", "确认合同条款", "回访试用情况")


@dataclass(frozen=True, slots=True)
class Said:
    """One request of the story: at which hour who sends what, and what it is about.

    `time`: when it happened, where that is not the hour of sending. `about`: requests about the same are kept in order.
    """

    at: datetime
    actor: str
    role: str
    type: str
    id: UUID
    data: Mapping[str, Any]
    about: str
    time: datetime | None = None


@dataclass
class Customer:
    """What the people of the story know of a customer."""

    id: UUID
    team: str
    city: str
    lat_e7: int
    lon_e7: int
    contact: UUID
    since: datetime
    owner: str | None = None
    claim: UUID | None = None
    known_contact: bool = False
    visits: int = 0
    deal: UUID | None = None
    closed: bool = False


@dataclass
class Rep:
    """Somebody who sells in a city, and how: `zeal` scales the day's work, `order` how promptly it is written down."""

    id: str
    name: str
    team: str
    city: str
    zeal: float
    order: float
    holds: list[Customer] = field(default_factory=list[Customer])


class Company:
    """The company of one seed."""

    def __init__(self, seed: int, ends: date, *, days: int, reps: int) -> None:
        self._chance = Random(seed)  # noqa: S311 - a story, not a secret
        self._seed = seed
        self._first = ends - timedelta(days=days - 1)
        self._days = days
        self._count = 0
        self._later: list[Said] = []
        self._pool: dict[str, list[Customer]] = {team: [] for team in TEAMS}
        self._targets: list[tuple[UUID, str]] = []
        self._closed: list[tuple[Rep, date]] = []
        self.reps = [self._rep(number) for number in range(1, reps + 1)]

    @property
    def first_day(self) -> date:
        """The day on which the story begins."""
        return self._first

    def founding(self) -> Iterator[Said]:
        """What is set up before the first day: teams, people, roles, and the customers that the company knows."""
        at = _hour(self._first - timedelta(days=1), 9, 0)
        for team, name in TEAMS.items():
            yield self._ops(at, "org.add_team", {"team_id": team, "name": name, "zone": ZONE.key}, "org")
        people = [(DIRECTOR[0], DIRECTOR[1], "east", None)]
        people += [(boss, name, team, DIRECTOR[0]) for team, (boss, name) in MANAGERS.items()]
        people += [(rep.id, rep.name, rep.team, MANAGERS[rep.team][0]) for rep in self.reps]
        for who, name, team, boss in people:
            member = {"rep_id": who, "display_name": name, "team_id": team, "zone": ZONE.key, "manager_id": boss}
            yield self._ops(at + timedelta(minutes=1), "org.add_rep", member, "org")
        for boss in (DIRECTOR[0], *(boss for boss, _ in MANAGERS.values())):
            role = {"actor_id": boss, "role": "manager"}
            yield self._ops(at + timedelta(minutes=2), "org.grant_role", role, "org")
        rules = {"actor_id": DIRECTOR[0], "role": "arbiter"}
        yield self._ops(at + timedelta(minutes=3), "org.grant_role", rules, "org")
        for team in TEAMS:
            for _ in range(len(self.reps) * 3):
                city = self._chance.choice(REGIONS[team])
                yield from self._registered(at + timedelta(hours=1), team, city, "ops", "ops", "DIRECTORY", "行业名录")
        yield from self._month_targets(self._first, at + timedelta(hours=2))

    def day(self, day: date, *, workday: bool) -> list[Said]:
        """What is sent in on one day, in the order of the hours; what is written down late comes on its later day."""
        said = self._later
        if day.day == 1 and day != self._first:
            said += self._month_targets(day, _hour(day, 8, 0))
        if workday:
            for rep in self.reps:
                said += self._workday(rep, day)
            said += self._managers_day(day)
            said += self._inspections(day)
        tonight = start_of(day + timedelta(days=1))
        self._later = [one for one in said if one.at >= tonight]
        return sorted((one for one in said if one.at < tonight), key=lambda one: one.at)

    def _rep(self, number: int) -> Rep:
        team = sorted(TEAMS)[(number - 1) % len(TEAMS)]
        chance = self._chance
        cities = REGIONS[team]
        return Rep(
            id=f"r{number:02d}",
            name=person(chance),
            team=team,
            city=cities[(number - 1) // len(TEAMS) % len(cities)],
            zeal=0.6 + 0.6 * chance.random(),
            order=min(0.99, 0.7 + 0.4 * chance.random()),
        )

    def _workday(self, rep: Rep, day: date) -> Iterator[Said]:
        chance = self._chance
        morning = _hour(day, 8, 30) + timedelta(minutes=chance.randrange(25))
        yield from self._claims(rep, morning)
        at = _hour(day, 9, 20) + timedelta(minutes=chance.randrange(30))
        route = self._route(rep)
        yield from self._plan(rep, day, route, morning)
        for customer in route:
            if at > _hour(day, 17, 0):
                break
            minutes = chance.choice((18, 25, 32, 40, 55, 70))
            yield from self._visit(rep, customer, at, minutes)
            at += timedelta(minutes=minutes + chance.randrange(20, 75))
        if chance.random() < 0.35 * rep.zeal:
            evening = _hour(day, 17, 30) + timedelta(minutes=chance.randrange(40))
            method = chance.choice(("REFERRAL", "PROSPECTING", "COMPETITOR_SITE", "EVENT"))
            yield from self._registered(evening, rep.team, rep.city, rep.id, "rep", method, None)
        if rep.holds and chance.random() < 0.03:
            given_up = chance.choice(rep.holds)
            yield self._release(rep, given_up, _hour(day, 18, 30))
        yield from self._evening(rep, day)

    def _plan(self, rep: Rep, day: date, route: list[Customer], at: datetime) -> Iterator[Said]:
        """What the rep means to do that day; now and then it is said late, or not at all."""
        chance = self._chance
        if chance.random() > 0.6 + 0.4 * rep.order:
            return
        late = chance.random() < 0.05
        blocks: list[dict[str, Any]] = [
            {
                "kind": "VISIT",
                "from": f"{9 + number:02d}:30",
                "to": f"{10 + number:02d}:15",
                "customer_id": str(customer.id),
                "objective": chance.choice(STEPS),
            }
            for number, customer in enumerate(route[:7])
        ]
        plan = {
            "day": day.isoformat(),
            "blocks": [*blocks, {"kind": "ADMIN", "from": "17:30", "to": "18:30"}],
            "commitments": [{"metric": "visits", "qty": len(route)}],
        }
        said_at = _hour(day, 12, 40) if late else at + timedelta(minutes=8)
        yield self._said(said_at, rep.id, "rep", "workday.plan", plan, f"day:{rep.id}:{day}")

    def _evening(self, rep: Rep, day: date) -> Iterator[Said]:
        """What came of the day, as the rep tells it; the less orderly forget it now and then."""
        chance = self._chance
        if chance.random() > 0.7 + 0.3 * rep.order:
            return
        told = {"day": day.isoformat(), "result": chance.choice(RESULTS)}
        if chance.random() < 0.3:
            told["lesson"] = chance.choice(LESSONS)
        at = _hour(day, 18, 40) + timedelta(minutes=chance.randrange(60))
        yield self._said(at, rep.id, "rep", "workday.close", told, f"day:{rep.id}:{day}")
        self._closed.append((rep, day))

    def _route(self, rep: Rep) -> list[Customer]:
        """Whom a rep means to see: the neglected first, now and then a favourite again."""
        open_ones = [customer for customer in rep.holds if not customer.closed or self._chance.random() < 0.1]
        wanted = max(1, round(self._chance.choice((3, 4, 4, 5)) * rep.zeal))
        by_need = sorted(open_ones, key=lambda customer: (customer.visits, self._chance.random()))
        city = by_need[0].city if by_need else rep.city  # one city a day: nobody is everywhere
        return [customer for customer in by_need if customer.city == city][:wanted]

    def _claims(self, rep: Rep, at: datetime) -> Iterator[Said]:
        chance = self._chance
        wanted = 2 if len(rep.holds) < 12 else int(chance.random() < 0.35)
        for number in range(wanted):
            pool = [one for one in self._pool[rep.team] if one.owner is None and not one.closed and one.since < at]
            near = [one for one in pool if one.city == rep.city]
            far = len(rep.holds) < 4 or chance.random() < 0.05
            if near or (pool and far):
                yield self._claim(rep, chance.choice(near or pool), at + timedelta(minutes=number))
        if chance.random() < 0.06:
            held = [customer for other in self.reps if other.team == rep.team for customer in other.holds]
            if held:
                yield self._claim(rep, chance.choice(held), at + timedelta(minutes=5))

    def _claim(self, rep: Rep, customer: Customer, at: datetime) -> Said:
        claim = self._id("claim")
        if customer.owner is None:
            customer.owner, customer.claim = rep.id, claim
            rep.holds.append(customer)
        data = {"customer_id": str(customer.id), "claim_id": str(claim), "line": "default"}
        return self._said(at, rep.id, "rep", "ownership.claim", data, f"rep:{rep.id}")

    def _release(self, rep: Rep, customer: Customer, at: datetime) -> Said:
        rep.holds.remove(customer)
        customer.owner = None
        return self._said(at, rep.id, "rep", "ownership.release", {"claim_id": str(customer.claim)}, f"rep:{rep.id}")

    def _visit(self, rep: Rep, customer: Customer, at: datetime, minutes: int) -> Iterator[Said]:
        chance, visit, about = self._chance, str(self._id("visit")), str(customer.id)
        ends, customer.visits = at + timedelta(minutes=minutes), customer.visits + 1
        base = {"visit_id": visit, "customer_id": str(customer.id), "line": "default"}
        if not customer.known_contact:
            customer.known_contact = True
            role = chance.choice(("BUYER", "INFLUENCER", "CHAMPION", "GATEKEEPER"))
            contact = {
                "customer_id": str(customer.id),
                "contact_id": str(customer.contact),
                "name": person(chance),
                "role": role,
                "phone": phone(chance),
            }
            yield self._said(at - timedelta(minutes=30), rep.id, "rep", "customer.add_contact", contact, about)
        if chance.random() < 0.9:
            plan: dict[str, Any] = {**base, "planned_start": _text(at), "planned_min": minutes}
            if chance.random() < 0.92:
                plan["objective"] = chance.choice(("FIRST_CONTACT", "CONFIRM_NEED", "MEET_BUYER", "PRESENT", "PROPOSE"))
            yield self._said(at - timedelta(minutes=25), rep.id, "rep", "visit.plan", plan, about)
        if chance.random() < 0.07:
            attempt = {**base, "mode": "PHONE", "reason": chance.choice(("NO_ANSWER", "BUSY", "ABSENT"))}
            yield self._said(at, rep.id, "rep", "visit.attempt", attempt, about)
            return
        if chance.random() < 0.9 * rep.order:
            yield self._said(at, rep.id, "rep", "visit.check_in", {**base, "geo": self._near(customer)}, about)
            yield self._said(ends, rep.id, "rep", "visit.check_out", {**base, "geo": self._near(customer)}, about)
        told_at, happened = ends + timedelta(minutes=chance.randrange(2, 15)), None
        if chance.random() > rep.order:
            told_at = _hour(at.date() + timedelta(days=chance.choice((1, 2, 4, 5, 6))), 20, chance.randrange(60))
            happened = ends
        yield self._said(
            told_at, rep.id, "rep", "visit.record", self._report(base, rep, customer, at, ends), about, happened
        )
        yield from self._afterwards(rep, customer, base, told_at)

    def _report(
        self, base: Mapping[str, Any], rep: Rep, customer: Customer, at: datetime, ends: datetime
    ) -> dict[str, Any]:
        chance = self._chance
        report: dict[str, Any] = {
            **base,
            "mode": "IN_PERSON" if chance.random() < 0.92 else "PHONE",
            "started_at": _text(at),
            "ended_at": _text(ends),
            "participants": {
                "own": [],
                "customer": [
                    {"contact_id": str(customer.contact), "role": "BUYER" if customer.visits > 2 else "INFLUENCER"}
                ],
            },
            "outcome": chance.choice(("INTERESTED", "NEUTRAL", "COMMITTED", "FOLLOW_UP")),
            "note": chance.choice(OPENING) + ("。" if chance.random() < 0.9 else "，并约定下次带样品。"),
            "travel": {"minutes": chance.randrange(6, 30), "km": chance.randrange(2, 30), "mode": "CAR"},
        }
        learnt = {"need": NEEDS, "budget": BUDGETS, "buyer": BUYERS}
        topic = ("need", "budget", "buyer")[min(customer.visits - 1, 2)]
        if customer.visits == 3 and chance.random() < 0.9:
            report["interest_origin"] = chance.choice(ORIGINS)
        if chance.random() < 0.8:
            report["discovery"] = {topic: chance.choice(learnt[topic])}
        if chance.random() < 0.88:
            due = ends.date() + timedelta(days=chance.randrange(1, 9))
            report["next_step"] = {"what": chance.choice(STEPS), "due": due.isoformat(), "responsible_id": rep.id}
        if chance.random() < 0.05:
            report["note"] = "已拜访"
        return report

    def _afterwards(self, rep: Rep, customer: Customer, base: Mapping[str, Any], told_at: datetime) -> Iterator[Said]:
        """What now and then follows a visit: a correction, a note of the manager, a deal that moves."""
        chance, about = self._chance, str(customer.id)
        if chance.random() < 0.02:
            correction = {
                "visit_id": base["visit_id"],
                "field": "note",
                "new_value": "更正：客户的试用数量为二十件，不是两百件，已与对方确认。",
                "reason": "TYPO",
            }
            yield self._said(told_at + timedelta(minutes=20), rep.id, "rep", "visit.correct", correction, about)
        if chance.random() < 0.01:
            voided = {"visit_id": base["visit_id"], "reason": "WRONG_CUSTOMER"}
            yield self._said(told_at + timedelta(minutes=30), rep.id, "rep", "visit.void", voided, about)
        if customer.deal is None and customer.visits >= 3 and chance.random() < 0.3:
            customer.deal = self._id("deal")
            amount = {"minor": chance.randrange(20, 400) * 100_000, "currency": "CNY"}
            opened = {"deal_id": str(customer.deal), "customer_id": str(customer.id), "amount": amount}
            yield self._said(told_at + timedelta(minutes=40), rep.id, "rep", "deal.open", opened, about)
        elif customer.deal is not None and not customer.closed and chance.random() < 0.3:
            customer.closed = True
            yield self._closing(rep, customer, base, told_at + timedelta(minutes=45))

    def _closing(self, rep: Rep, customer: Customer, base: Mapping[str, Any], at: datetime) -> Said:
        chance, deal = self._chance, str(customer.deal)
        if chance.random() < 0.62:
            amount = chance.randrange(20, 400) * 100_000
            won: dict[str, Any] = {
                "deal_id": deal,
                "customer_id": str(customer.id),
                "amount": {"minor": amount, "currency": "CNY"},
                "gross_margin": {"minor": amount * chance.randrange(12, 38) // 100, "currency": "CNY"},
                "supporting_visits": [base["visit_id"]],
            }
            return self._said(at, rep.id, "rep", "deal.win", won, str(customer.id))
        lost = {"deal_id": deal, "lost_reason": chance.choice(("PRICE", "COMPETITOR", "NO_BUDGET", "NO_DECISION"))}
        return self._said(at, rep.id, "rep", "deal.lose", lost, str(customer.id))

    def _registered(
        self, at: datetime, team: str, city: str, actor: str, role: str, method: str, detail: str | None
    ) -> Iterator[Said]:
        chance = self._chance
        lat, lon = (axis + chance.randrange(-400_000, 400_000) for axis in CENTRES[city])
        customer = Customer(self._id("customer"), team, city, lat, lon, self._id("contact"), at)
        self._pool[team].append(customer)
        source = {"method": method, "seen_on": at.date().isoformat()}
        data: dict[str, Any] = {
            "customer_id": str(customer.id),
            "kind": "COMPANY",
            "legal_name": company(chance, city),
            "country": "CN",
            "geo": {"lat": _degrees(lat), "lon": _degrees(lon), "crs": "WGS84"},
            "source": {**source, "detail": detail} if detail else source,
            "has_website": chance.random() < 0.8,
        }
        yield self._said(at, actor, role, "customer.register", data, str(customer.id))

    def _month_targets(self, day: date, at: datetime) -> Iterator[Said]:
        first = day.replace(day=1)
        last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        for rep in self.reps:
            target = self._id("target")
            self._targets.append((target, MANAGERS[rep.team][0]))
            data = {
                "target_id": str(target),
                "subject": f"rep:{rep.id}",
                "metric": "visits",
                "period": "MONTH",
                "from_day": first.isoformat(),
                "to_day": last.isoformat(),
                "qty": self._chance.choice((60, 70, 80)),
                "iron": self._chance.random() < 0.15,
                "responsible_id": rep.id,
            }
            yield self._said(at, MANAGERS[rep.team][0], "manager", "target.set", data, f"target:{target}")
            accepted = {"target_id": str(target)}
            later = at + timedelta(minutes=30)
            yield self._said(later, rep.id, "rep", "target.accept", accepted, f"target:{target}")

    def _managers_day(self, day: date) -> Iterator[Said]:
        chance = self._chance
        if self._targets and chance.random() < 0.25:
            target, boss = chance.choice(self._targets[-len(self.reps) :])
            back = chance.random() < 0.3
            amendment = {
                "target_id": str(target),
                "qty": chance.choice((55, 65, 75, 85)),
                "effective_from": (day - timedelta(days=3) if back else day).isoformat(),
                "reason": chance.choice(("TERRITORY", "LEAVE", "MARKET_EVENT")),
                "approver": DIRECTOR[0],
                "calc": "按剩余工作日折算",
            }
            yield self._said(_hour(day, 11, 0), boss, "manager", "target.amend", amendment, f"target:{target}")

    def _inspections(self, day: date) -> Iterator[Said]:
        """The managers look at the days that were closed since; what they do not get to is charged to them."""
        chance, seen = self._chance, [one for one in self._closed if one[1] < day]
        self._closed = [one for one in self._closed if one[1] >= day]
        for number, (rep, closed) in enumerate(seen):
            if chance.random() > 0.88:
                continue
            judged: dict[str, Any] = {"rep_id": rep.id, "day": closed.isoformat(), "verdict": "OK"}
            if chance.random() < 0.12:
                judged |= {"verdict": "CONCERN", "items": [chance.choice(CONCERNS)]}
            at = _hour(day, 9, 0) + timedelta(minutes=3 * number)
            about = f"day:{rep.id}:{closed}"
            yield self._said(at, MANAGERS[rep.team][0], "manager", "workday.inspect", judged, about)

    def _near(self, customer: Customer) -> dict[str, Any]:
        chance = self._chance
        far = 0 if chance.random() < 0.93 else 60_000
        return {
            "lat": _degrees(customer.lat_e7 + chance.randrange(-9_000, 9_000) + far),
            "lon": _degrees(customer.lon_e7 + chance.randrange(-9_000, 9_000)),
            "accuracy_m": chance.choice((8, 12, 20, 35, 60)),
            "crs": "WGS84",
            "provider": "gps",
            "mock": chance.random() < 0.005,
        }

    def _ops(self, at: datetime, asked: str, data: Mapping[str, Any], about: str) -> Said:
        return self._said(at, "ops", "ops", asked, data, about)

    def _said(
        self,
        at: datetime,
        actor: str,
        role: str,
        asked: str,
        data: Mapping[str, Any],
        about: str,
        happened: datetime | None = None,
    ) -> Said:
        return Said(at.astimezone(UTC), actor, role, asked, self._id("request"), data, about, happened)

    def _id(self, kind: str) -> UUID:
        self._count += 1
        return uuid5(_OURS, f"{self._seed}:{kind}:{self._count}")


def _hour(day: date, hour: int, minute: int) -> datetime:
    return datetime.combine(day, time(hour, minute), ZONE)


def start_of(day: date) -> datetime:
    """The first instant of a day of the story, in UTC."""
    return _hour(day, 0, 0).astimezone(UTC)


def _text(at: datetime) -> str:
    return at.astimezone(ZONE).isoformat()


def _degrees(e7: int) -> Decimal:
    return Decimal(e7).scaleb(-7)
