"""The page of a dossier that a person reads: the story in order, by both clocks, and what is proved of it."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from html import escape
from typing import Any, cast

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
    def of(cls, event: Stored, disclosures: Mapping[str, str]) -> "Told":
        """`disclosures`: the opened values by digest, in the form in which they are hashed."""
        body: Mapping[str, Any] = json.loads(event.body)
        zone = str(body["occurred_tz"])
        return cls(
            position=event.position,
            recorded_at=event.recorded_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f UTC"),
            occurred_at=f"{body['occurred_at']} ({zone})",
            actor=f"{body['actor']['id']} ({body['actor']['role']})",
            flags=list(body["flags"]),
            sentences=[words.sentence(one, body["type"], body["payload"], zone=zone) for one in ("zh-CN", "en")],
            opened=dict(_opened(disclosures[one]) for one in _digests(body["payload"]) if one in disclosures),
            leaf=event.leaf.hex(),
        )


def report(subject: str, as_of: int, lines: Sequence[Told]) -> str:
    """A page that needs nothing but itself."""
    rows = "\n".join(_row(line) for line in lines)
    none = "" if lines else "<p>There is no event about this subject. · 没有关于该主体的事件。</p>"
    proved = "\n".join(f"<p>{escape(zh)}<br>{escape(en)}</p>" for en, zh in _PROVED)
    return f"""<!doctype html>
<html lang="zh-CN"><meta charset="utf-8"><title>{escape(subject)}</title><style>{_STYLE}</style>
<h1>{escape(subject)}</h1>
<p>Every event up to position {as_of} of the log, in its order. · 截至日志位置 {as_of} 的全部事件，按日志顺序排列。</p>
{proved}
{none}<table><thead><tr><th>#</th><th>occurred · 发生<br>recorded · 记录</th><th>what · 内容</th></tr></thead><tbody>
{rows}
</tbody></table></html>
"""


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
