"""The page of a dossier that a person reads: the story in order, by both clocks, and what is proved of it."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any, cast
from zoneinfo import ZoneInfo

from services import words
from services.ports import Stored

CERTIFICATION = """\
Certification of the process · 出具过程的证明

I certify that this bundle was produced in the ordinary course of business by the system named in manifest.json, and
that I am responsible for its operation.
本人证明：本证据包由 manifest.json 所述系统在正常业务过程中生成，本人负责该系统的运行。

Name · 姓名: ______________________________

Office · 职务: ____________________________

Place and date · 地点与日期: ______________

Signature · 签名: _________________________
"""
_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:64rem;padding:0 1rem;color:#1b1b1b}"
    "table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #ccc;padding:.4rem;text-align:left;"
    "vertical-align:top}small,code{color:#555;word-break:break-all}.n{white-space:nowrap}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}dt{font-weight:600}dd{margin:0}"
    "@media print{body{margin:0;max-width:none}tr{break-inside:avoid}thead{display:table-header-group}}"
)
_CLOCKS = (
    (
        "Occurred",
        "发生",
        "when it happened, as told by whoever recorded it",
        "事情发生的时间，由记录人陈述",
    ),
    (
        "Recorded",
        "记录",
        "when the server wrote it down; this hour is under the signature, and nobody it is about could choose it",
        "服务器写入的时间；该时间受签名保护，当事人无法选择",
    ),
)
_PROVED = (
    (
        "Proved by the verifier: each event stands in the signed log at its position, with these bytes and this server "
        "time; between the first and the last position none about this subject is missing; nothing was changed since.",
        "验证程序可证明：每个事件均位于已签名日志的所示位置，字节与服务器时间如所示；截至所示位置，关于该主体的事件无一遗漏；此后未被更改。",
    ),
    (
        "Not proved: that what was told is true, or that somebody was there. How strong a single fact is (position, "
        "time shown by the device, photo) stands with it as data.",
        "不能证明：所述内容属实，或当事人确在现场。单项事实的证明力（定位、设备可证时间、照片）以数据形式随事件列出。",
    ),
)


@dataclass(frozen=True, slots=True)
class Told:
    """One event as it is read: where and when, what it says in both languages, what personal values were opened."""

    position: int
    recorded_at: str
    occurred_at: str
    actor: str
    flags: Sequence[str]
    sentences: Sequence[str]
    opened: Mapping[str, str]
    leaf: str

    @classmethod
    def of(cls, event: Stored, disclosures: Mapping[str, str], names: Mapping[str, str]) -> "Told":
        """`disclosures`: the opened values by digest, in the form in which they are hashed; `names`: of whom by id."""
        body: Mapping[str, Any] = json.loads(event.body)
        zone = str(body["occurred_tz"])
        payload: Mapping[str, Any] = body["payload"]
        called = {
            one: names[str(payload[f"{one}_id"])]
            for one in ("customer", "rep")
            if str(payload.get(f"{one}_id")) in names
        }
        facts = {**payload, **called}
        return cls(
            position=event.position,
            recorded_at=_hour(event.recorded_at, zone, "microseconds"),
            occurred_at=_hour(datetime.fromisoformat(body["occurred_at"]), zone, "seconds"),
            actor=f"{body['actor']['id']} ({body['actor']['role']})",
            flags=list(body["flags"]),
            sentences=[words.sentence(one, body["type"], facts, zone=zone) for one in ("zh-CN", "en")],
            opened=dict(_opened(disclosures[one]) for one in _digests(body["payload"]) if one in disclosures),
            leaf=event.leaf.hex(),
        )


def names_in(events: Sequence[Stored]) -> Mapping[str, str]:
    """How customers and reps are called by the latest of these events, as far as they say so openly."""
    names: dict[str, str] = {}
    for event in events:
        payload: Mapping[str, Any] = json.loads(event.body)["payload"]
        for id, name in (("customer_id", "legal_name"), ("rep_id", "display_name")):
            if id in payload and isinstance(payload.get(name), str):
                names[str(payload[id])] = payload[name]
    return names


def report(subject: str, as_of: int, lines: Sequence[Told], names: Mapping[str, str]) -> str:
    """A page that needs nothing but itself."""
    rows = "\n".join(_row(line) for line in lines)
    none = "" if lines else "<p>There is no event about this subject. · 没有关于该主体的事件。</p>"
    proved = "\n".join(f"<p>{escape(zh)}<br>{escape(en)}</p>" for en, zh in _PROVED)
    clocks = "".join(f"<dt>{zh} · {en}</dt><dd>{about_zh}<br>{about}</dd>" for en, zh, about, about_zh in _CLOCKS)
    name = names.get(subject.partition(":")[2])
    heading = escape(name or subject)
    known = f"<p><small>{escape(subject)}</small></p>" if name else ""
    return f"""<!doctype html>
<html lang="zh-CN"><meta charset="utf-8"><title>{heading}</title><style>{_STYLE}</style>
<h1>{heading}</h1>
{known}<p>截至日志位置 {as_of} 的全部事件，共 {len(lines)} 个，按日志顺序排列。<br>
Every event up to position {as_of} of the log, {len(lines)} of them, in its order.</p>
<dl>{clocks}</dl>
{proved}
<p>核验方法：用 fieldtrace-verify.html（浏览器）或 fieldtrace_verify.py 打开本证据包，并输入另行取得的公钥。<br>
To check: open this bundle with fieldtrace-verify.html (in a browser) or fieldtrace_verify.py, with a public key that
came on another way.</p>
{none}<table><thead><tr><th>#</th><th>发生 · occurred<br>记录 · recorded</th><th>内容 · what</th></tr></thead><tbody>
{rows}
</tbody></table></html>
"""


def _hour(at: datetime, zone: str, to: str) -> str:
    """An instant on the clock of the place, with its offset."""
    return f"{at.astimezone(ZoneInfo(zone)).isoformat(' ', to)} ({zone})"


def _row(line: Told) -> str:
    opened = "".join(f"<br><small>{escape(name)}: {escape(value)}</small>" for name, value in line.opened.items())
    flags = f"<br><small>{escape(' · '.join(line.flags))}</small>" if line.flags else ""
    sentences = "<br>".join(escape(one) for one in line.sentences)
    return (
        f"<tr><td class=n>{line.position}</td><td>{escape(line.occurred_at)}<br>{escape(line.recorded_at)}"
        f"<br><small>{escape(line.actor)}</small></td><td>{sentences}{opened}{flags}<br><code>{line.leaf}</code></td></tr>"
    )


def _opened(disclosure: str) -> tuple[str, str]:
    """The name and the value of a disclosure."""
    _, name, value = json.loads(urlsafe_b64decode(disclosure + "=" * (-len(disclosure) % 4)))
    return str(name), str(value)


def _digests(value: object) -> Sequence[str]:
    """The digests of sealed values, wherever in a JSON value they stand."""
    if isinstance(value, dict):
        members = cast("dict[str, object]", value)
        digest = members.get("digest")
        here = [digest] if isinstance(digest, str) else []
        return [*here, *(one for member in members.values() for one in _digests(member))]
    if isinstance(value, list):
        return [one for member in cast("list[object]", value) for one in _digests(member)]
    return ()
