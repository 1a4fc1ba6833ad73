"""Checks an evidence bundle of Fieldtrace: one file, the standard library and `cryptography`, nothing of the rest.

    python fieldtrace_verify.py BUNDLE.zip --key NAME+ID+KEY [--json] [--lang zh-CN]
    python fieldtrace_verify.py BUNDLE.zip --policy POLICY.txt

0: everything holds · 1: something does not · 2: not asked properly. Whatever is not understood does not hold.
`fieldtrace-verify.html` beside it is the same in a browser; both say the same of the same bundle, in the same words.
"""

import argparse
import base64
import hashlib
import io
import json
import re
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "fieldtrace-evidence/1"
MOST_BYTES = 1 << 30
LOG, WITNESS = 1, 4
MANIFEST = {
    "format", "origin", "size", "subject", "as_of_position", "heads_position", "export_position", "events"
}  # fmt: skip
NAME = re.compile(
    r"CERTIFICATION\.txt|checkpoint\.txt|heads\.json|manifest\.json|policy\.txt|report\.html"
    r"|events/\d{12}\.json|proofs/\d{12}\.tlog-proof|disclosures/[A-Za-z0-9_-]{43}\.txt"
)
DASH = "\N{EM DASH} "

# What can be said, by layer and code, in English and Chinese. The page in HTML has the same table.
LAYERS: Mapping[str, Sequence[str]] = {
    "archive": ["archive", "压缩包"],
    "form": ["form", "格式"],
    "key": ["key", "公钥"],
    "policy": ["policy", "信任策略"],
    "checkpoint": ["checkpoint", "检查点"],
    "witness": ["witness", "见证人"],
    "manifest": ["manifest", "清单"],
    "proof": ["proof", "证明文件"],
    "inclusion": ["inclusion", "收录证明"],
    "export": ["export", "出具记录"],
    "heads": ["heads", "主体计数"],
    "completeness": ["completeness", "完整性"],
    "ruling": ["ruling", "裁定"],
    "stream": ["stream", "事件流"],
    "disclosure": ["disclosure", "披露值"],
    "erasure": ["erasure", "删除"],
    "handover": ["handover", "密钥交接"],
}
HOLDS: Mapping[str, Sequence[str]] = {
    "archive": ["{files} files, none of them unknown, none twice", "共 {files} 个文件，无未知文件，无重复文件"],
    "checkpoint": ["{origin} held {size} events when the key signed it", "签名时，{origin} 共有 {size} 个事件"],
    "witness": [
        "who saw that the log only grew up to this checkpoint: {names}; whom the policy asks for: {quorum}",
        "确认日志截至此检查点只增不改的见证人：{names}；策略要求：{quorum}",
    ],
    "inclusion": [
        "{events} events stand in the signed log, each at its position with its bytes and its server time",
        "{events} 个事件均在已签名日志中，位置、字节与服务器时间与所示一致",
    ],
    "export": [
        "report, policy, certification and disclosures are those whose hash was recorded at the export",
        "报告、策略、证明书与披露值均与出具时记录的哈希一致",
    ],
    "completeness": [
        "{events} events about {subject} up to position {position}, none missing",
        "截至位置 {position}，关于 {subject} 的事件共 {events} 个，无一遗漏",
    ],
    "ruling": [
        "{rulings} rulings stand on what is here, by the hash that each carries; {events} events are from elsewhere",
        "{rulings} 份裁定所依据的事件均在此，且与各裁定所载哈希一致；其中 {events} 个来自案卷之外",
    ],
    "stream": [
        "{events} events follow on the very bytes of the one before them",
        "{events} 个事件与其前一事件的原始字节相衔接",
    ],
    "disclosure": [
        "{opened} values are those that were sealed; {sealed} stay sealed",
        "已披露的 {opened} 个值与封存时一致；{sealed} 个值仍封存",
    ],
    "erasure": [
        "{values} values of {whom} stay sealed; they were erased at position {position}",
        "{whom} 的 {values} 个值仍封存，已于位置 {position} 删除",
    ],
    "handover": [
        "beyond {size} events, {origin} is signed by {key}; the key before says so, and so does this one",
        "{origin} 自第 {size} 个事件之后由 {key} 签名；原公钥与该公钥均已签名确认",
    ],
}
FLAWS: Mapping[str, Sequence[str]] = {
    "archive.unreadable": ["it cannot be read as a whole", "无法完整读取"],
    "archive.too_large": ["it is too large", "文件过大"],
    "archive.compressed": ["it is compressed", "内容被压缩，不符合格式"],
    "archive.unknown_file": ["the file {name} does not belong here", "不应包含文件 {name}"],
    "archive.missing_file": ["the file {name} is missing", "缺少文件 {name}"],
    "archive.other_bytes": ["it holds bytes that belong to no file", "含有不属于任何文件的字节"],
    "archive.unnamed": ["it holds events or proofs that the manifest does not name", "含有清单未列出的事件或证明"],
    "form.not_understood": ["something in it is not understood: {error}", "有无法理解的内容：{error}"],
    "form.unknown": ["this is no bundle of a form that is known here", "不是已知格式的证据包"],
    "form.not_text": ["{name} is no text", "{name} 不是文本"],
    "form.not_json": ["{name} is no JSON", "{name} 不是 JSON"],
    "form.not_canonical": ["{name} is not written as it would be", "{name} 的写法不规范"],
    "form.base64": ["a hash or a signature is not written as it would be", "哈希或签名的写法不规范"],
    "form.number": ["where a whole number should stand is none", "应为整数之处不是整数"],
    "key.unreadable": ["what is to be trusted is no public key and no policy", "所信任的内容既非公钥也非策略"],
    "key.kind": ["it is no Ed25519 key of a log or a witness", "不是日志或见证人的 Ed25519 公钥"],
    "key.id": ["its id is not that of its bytes", "公钥标识与其字节不符"],
    "policy.unreadable": ["line {line} of it is not understood", "第 {line} 行无法理解"],
    "policy.other_key": ["the bundle names another key than the one that signed", "证据包所列公钥不是签名所用公钥"],
    "checkpoint.form": ["it has another form", "格式不符"],
    "checkpoint.other_origin": ["it speaks of {origin}, which is not trusted", "所述日志 {origin} 不受信任"],
    "checkpoint.other_key": ["another key signed it", "由其他公钥签名"],
    "checkpoint.signature": ["its signature is not of the key", "签名与公钥不符"],
    "witness.unknown": ["a signature is of nobody whom a policy names", "有签名不属于策略所列的任何人"],
    "witness.signature": ["the signature of {name} is not of their key", "{name} 的签名与其公钥不符"],
    "witness.quorum": [
        "too few saw this checkpoint: the policy asks for {quorum}",
        "见过此检查点的见证人不足，策略要求：{quorum}",
    ],
    "manifest.order": ["its events are not in the order of the log", "所列事件未按日志顺序排列"],
    "manifest.event_missing": ["the event at {position} is missing", "缺少位置 {position} 的事件"],
    "manifest.other_event": ["the event at {position} is no {type}", "位置 {position} 的事件不是 {type}"],
    "manifest.more": ["it says something that does not follow", "含有无法由其余内容推出的陈述"],
    "proof.form": ["that of {position} has another form", "位置 {position} 的证明格式不符"],
    "proof.other_event": ["that of {position} is of another event", "位置 {position} 的证明属于其他事件"],
    "proof.other_checkpoint": ["that of {position} brings another checkpoint", "位置 {position} 的证明附有其他检查点"],
    "inclusion.not_there": [
        "the event at {position} does not stand there in the signed log with these bytes and this server time",
        "位置 {position} 的事件连同这些字节与服务器时间，不在已签名日志的该位置",
    ],
    "export.other": ["the recorded export has another {name} than the bundle", "出具记录中的 {name} 与证据包不同"],
    "heads.other_export": ["they are not those of the export", "与出具记录不对应"],
    "heads.form": ["heads.json has another form", "heads.json 格式不符"],
    "heads.other_number": ["another number of subjects was recorded", "记录的主体数目不同"],
    "heads.not_recorded": ["the head of {subject} is not the recorded one", "{subject} 的计数与记录不符"],
    "heads.other_subject": ["they are not those of {subject}", "不是 {subject} 的计数"],
    "completeness.beyond": ["the event at {position} lies beyond {as_of}", "位置 {position} 的事件超出 {as_of}"],
    "completeness.other_subject": [
        "the event at {position} is not about {subject}",
        "位置 {position} 的事件与 {subject} 无关",
    ],
    "ruling.missing": [
        "the event at {position}, which the case names, is missing",
        "缺少案卷所引用的位置 {position} 的事件",
    ],
    "ruling.other": ["the ruling at {position} stands on something else", "位置 {position} 的裁定所依据的内容与此不同"],
    "completeness.others": [
        "{count} events about {subject} were recorded; these are others",
        "记录在案的 {subject} 事件为 {count} 个，与此处不同",
    ],
    "completeness.not_absent": [
        "it is not shown that there is no event about {subject}",
        "未能证明不存在关于 {subject} 的事件",
    ],
    "stream.no_beginning": ["{stream} does not begin at {position}", "{stream} 并非始于位置 {position}"],
    "stream.other_bytes": [
        "{stream} {version} follows on other bytes",
        "{stream} 的第 {version} 个事件与前一事件的字节不衔接",
    ],
    "stream.back": ["{stream} goes back at {position}", "{stream} 在位置 {position} 处倒退"],
    "handover.form": ["it has another form", "格式不符"],
    "handover.signature": ["a signature of it is not of the old key or not of the new one", "签名与原公钥或新公钥不符"],
    "disclosure.other": ["{digest} is not what was sealed", "{digest} 与封存内容不符"],
}


class Flaw(Exception):
    """Something does not hold: which layer, which code, and what."""

    def __init__(self, code: str, **values: object) -> None:
        self.code = code
        self.values = values
        self.layer = code.partition(".")[0]
        self.what = FLAWS[code][0].format(**values)
        super().__init__(self.told("en"))

    def told(self, language: str) -> str:
        """The sentence, in `en` or `zh-CN`."""
        return _told(self.layer, FLAWS[self.code], self.values, language)


@dataclass(frozen=True)
class Finding:
    """Something holds: which layer, and what."""

    layer: str
    values: Mapping[str, object]

    def told(self, language: str) -> str:
        """The sentence, in `en` or `zh-CN`."""
        return _told(self.layer, HOLDS[self.layer], self.values, language)


def verify(bundle: bytes, trusted: str) -> list[str]:
    """What holds of a bundle, an English sentence each. Raises `Flaw` with the first thing that does not."""
    return [finding.told("en") for finding in check(bundle, trusted)]


def check(bundle: bytes, trusted: str) -> list[Finding]:
    """What holds of a bundle. `trusted`: a public key, or a policy. Raises `Flaw` with the first that does not hold."""
    try:
        return list(_checked(bundle, trusted))
    except Flaw:
        raise
    except Exception as error:  # what is not understood does not hold
        raise Flaw("form.not_understood", error=f"{type(error).__name__}: {error}") from error


def _told(layer: str, sentences: Sequence[str], values: Mapping[str, object], language: str) -> str:
    which = language == "zh-CN"
    return f"{LAYERS[layer][which]}{'：' if which else ': '}{sentences[which].format(**values)}"


def _checked(bundle: bytes, trusted: str) -> Iterator[Finding]:
    policy = _trusted(trusted)
    if any(bundle.startswith(f"{key.name}\n".encode()) for key in policy.logs):
        yield _handed_over(bundle, policy)
        return
    files = _files(bundle)
    yield Finding("archive", {"files": len(files)})
    manifest = _canonical_json(files, "manifest.json")
    _need(manifest.get("format") == FORMAT, "form.unknown")
    _need(set(manifest) == MANIFEST, "manifest.more")
    signed = _checkpoint(files, policy)
    yield Finding("checkpoint", {"origin": signed.origin, "size": signed.size})
    names = ", ".join(f"{name} ({hour})" for name, hour in signed.seen) or "-"
    yield Finding("witness", {"names": names, "quorum": "-" if signed.quorum == "none" else signed.quorum})
    events = _events(files, manifest, signed)
    yield Finding("inclusion", {"events": len(events)})
    heads_at, export_at = _whole(manifest["heads_position"]), _whole(manifest["export_position"])
    as_of, subject = _whole(manifest["as_of_position"]), str(manifest["subject"])
    own = [one for one in sorted(events) if one not in (heads_at, export_at)]
    heads = _payload(events, heads_at, "audit.subject_heads_recorded")
    export = _payload(events, export_at, "audit.dossier_exported")
    said = {"as_of_position": as_of, "subject": subject, "events": len(own), "content_sha256": _content(files)}
    for name, value in said.items():
        _need(export.get(name) == value, "export.other", name=name)
    yield Finding("export", {})
    _need(heads.get("as_of_position") == as_of and export_at == heads_at + 1, "heads.other_export")
    cited = _cited(events, own, subject)
    about = [one for one in own if one not in cited]
    _complete(files, events, about, subject, as_of, heads)
    yield Finding("completeness", {"events": len(about), "subject": subject, "position": as_of})
    if subject.startswith("case:"):
        yield Finding("ruling", {"rulings": _rulings(events, about), "events": len(cited)})
    yield Finding("stream", {"events": _streams(events)})
    opened, sealed = _disclosed(files, events)
    yield Finding("disclosure", {"opened": opened, "sealed": sealed})
    for position, whom, values in _erased(files, events):
        yield Finding("erasure", {"values": values, "whom": whom, "position": position})
    _need(_expected(manifest, signed, events) == manifest, "manifest.more")


# --------------------------------------------------------------------------------------------------------------- form


def _files(bundle: bytes) -> Mapping[str, bytes]:
    """The files of the archive, which must be exactly what its form makes of them."""
    try:
        with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
            entries = archive.infolist()
            _need(sum(entry.file_size for entry in entries) <= MOST_BYTES, "archive.too_large")
            _need(all(entry.compress_type == zipfile.ZIP_STORED for entry in entries), "archive.compressed")
            files = {entry.filename: archive.read(entry) for entry in entries}
    except Flaw:
        raise
    except Exception as error:
        raise Flaw("archive.unreadable") from error
    for name in files:
        _need(NAME.fullmatch(name) is not None, "archive.unknown_file", name=repr(name))
    _need(_archived(files) == bundle, "archive.other_bytes")
    return files


def _archived(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, content)
    return out.getvalue()


def _file(files: Mapping[str, bytes], name: str) -> bytes:
    _need(name in files, "archive.missing_file", name=name)
    return files[name]


def _text(files: Mapping[str, bytes], name: str) -> str:
    try:
        return _file(files, name).decode()
    except UnicodeDecodeError as error:
        raise Flaw("form.not_text", name=name) from error


def _json(files: Mapping[str, bytes], name: str) -> Any:
    try:
        return json.loads(_text(files, name))
    except ValueError as error:
        raise Flaw("form.not_json", name=name) from error


def _canonical_json(files: Mapping[str, bytes], name: str) -> Any:
    value = _json(files, name)
    again = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"
    _need(again.encode("utf-8", "surrogatepass") == files[name], "form.not_canonical", name=name)
    return value


def _content(files: Mapping[str, bytes]) -> str:
    free = re.compile(r"CERTIFICATION\.txt|policy\.txt|report\.html|disclosures/.*")
    names = sorted(name for name in files if free.fullmatch(name))
    lines = [f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in names]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _expected(manifest: Mapping[str, Any], signed: "_Signed", events: Mapping[int, Any]) -> Mapping[str, Any]:
    """The manifest that everything else makes; what it has besides would be nobody's word."""
    return {
        "format": FORMAT,
        "origin": signed.origin,
        "size": signed.size,
        "subject": manifest["subject"],
        "as_of_position": manifest["as_of_position"],
        "heads_position": manifest["heads_position"],
        "export_position": manifest["export_position"],
        "events": [{"position": position, "recorded_us": event["us"]} for position, event in events.items()],
    }


# ---------------------------------------------------------------------------------------------------------- signature


@dataclass(frozen=True)
class _Key:
    name: str
    kind: int
    raw: bytes
    id: bytes

    def signed(self, signature: bytes, text: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, text)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class _Policy:
    """Whom to believe (C2SP tlog-policy): logs, witnesses by the policy's names, and how many witnesses of whom."""

    logs: list[_Key] = field(default_factory=list)
    witnesses: dict[str, _Key] = field(default_factory=dict)
    groups: dict[str, tuple[int, Sequence[str]]] = field(default_factory=dict)
    quorum: str = "none"

    def has_seen(self, name: str, seen: Sequence[_Key]) -> bool:
        if name == "none":
            return True
        if name in self.witnesses:
            return self.witnesses[name] in seen
        threshold, members = self.groups[name]
        return sum(self.has_seen(member, seen) for member in members) >= threshold


@dataclass(frozen=True)
class _Signed:
    """A checkpoint that the trusted key signed, and which witnesses saw it when."""

    note: str
    origin: str
    size: int
    root: bytes
    seen: Sequence[tuple[str, str]]
    quorum: str


def _key(text: str) -> _Key:
    parts = text.split("+", 2)
    _need(len(parts) == 3 and parts[0] != "", "key.unreadable")
    name, key_id, encoded = parts
    raw = _base64(encoded)
    _need(len(raw) == 33 and raw[0] in (LOG, WITNESS), "key.kind")
    own_id = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    _need(own_id.hex() == key_id, "key.id")
    return _Key(name, raw[0], raw[1:], own_id)


def _trusted(text: str) -> _Policy:
    """What the person who checks trusts: a key stands for the policy that asks for nothing else."""
    text = text.strip()
    if "\n" not in text and not text.startswith("log "):
        text = f"log {text}\nquorum none"
    policy = _policy(text + "\n")
    _need(bool(policy.logs), "key.unreadable")
    return policy


def _policy(text: str) -> _Policy:
    logs: list[_Key] = []
    witnesses: dict[str, _Key] = {}
    groups: dict[str, tuple[int, Sequence[str]]] = {}
    members: set[str] = set()
    quorum: str | None = None
    for number, line in enumerate(text.split("\n"), 1):
        words = re.split(r"[ \t]+", line.strip(" \t"))
        known = {"none", *witnesses, *groups}
        match words:
            case [""]:
                continue
            case [comment, *_] if comment.startswith("#"):
                continue
            case ["log", key] | ["log", key, _]:
                logs.append(_key(key))
                fits = logs[-1].kind == LOG and logs[-1].raw not in [one.raw for one in logs[:-1]]
            case ["witness", name, key] | ["witness", name, key, _] if name not in known:
                new = _key(key)
                fits = new.kind == WITNESS and new.raw not in [one.raw for one in witnesses.values()]
                witnesses[name] = new
            case ["group", name, many, *inner] if name not in known and inner:
                counted = {"any": "1", "all": str(len(inner))}.get(many, many)
                fits = re.fullmatch("[1-9][0-9]{0,5}", counted) is not None and int(counted) <= len(inner)
                fits = fits and len(set(inner)) == len(inner) and not members & set(inner)
                fits = fits and all(one in known and one != "none" for one in inner)
                members |= set(inner)
                groups[name] = int(counted) if fits else 0, inner
            case ["quorum", name] if quorum is None and name in known:
                quorum, fits = name, True
            case _:
                fits = False
        _need(fits, "policy.unreadable", line=number)
    _need(quorum is not None, "policy.unreadable", line=text.count("\n"))
    return _Policy(logs, witnesses, groups, quorum or "none")


def _checkpoint(files: Mapping[str, bytes], trusted: _Policy) -> _Signed:
    """What the trusted key signed, and the witnesses who saw it; no line may be anybody else's."""
    note = _text(files, "checkpoint.txt")
    text, gap, rest = note.partition("\n\n")
    lines = text.split("\n")
    signatures = rest.split("\n")
    _need(bool(gap) and len(lines) == 3 and len(signatures) > 1 and signatures.pop() == "", "checkpoint.form")
    origin, size, root = lines
    _need(re.fullmatch("0|[1-9][0-9]{0,15}", size) is not None, "checkpoint.form")
    own = [key for key in trusted.logs if key.name == origin]
    _need(bool(own), "checkpoint.other_origin", origin=origin)
    covered = f"{text}\n".encode()
    signature = _signature(signatures[0], origin)
    key = next((one for one in own if one.id == signature[:4]), None)
    if key is None:
        raise Flaw("checkpoint.other_key")
    _need(key.signed(signature[4:], covered), "checkpoint.signature")
    named = _policy(_text(files, "policy.txt"))
    _need(any(one.raw == key.raw and one.name == key.name for one in named.logs), "policy.other_key")
    seen: list[_Key] = []
    hours: list[tuple[str, str]] = []
    _need(signatures[1:] == sorted(set(signatures[1:])), "checkpoint.form")
    for line in signatures[1:]:
        witness, hour = _cosigned(line, covered, [*trusted.witnesses.values(), *named.witnesses.values()])
        _need(witness not in seen, "witness.unknown")
        seen.append(witness)
        hours.append((witness.name, hour))
    for policy in (trusted, named):
        _need(policy.has_seen(policy.quorum, seen), "witness.quorum", quorum=policy.quorum)
    asked = trusted.quorum if trusted.quorum != "none" else named.quorum
    return _Signed(note, origin, int(size), _base64(root), hours, asked)


def _handed_over(note: bytes, trusted: _Policy) -> Finding:
    """A checkpoint with one line more, which names the key that signs from there on; old and new one sign it."""
    text, _, rest = _text({"handover": note}, "handover").partition("\n\n")
    lines, signatures = text.split("\n"), rest.split("\n")
    _need(len(lines) == 4 and len(signatures) == 3 and signatures[2] == "", "handover.form")
    origin, size, root, following = lines
    _need(re.fullmatch("0|[1-9][0-9]{0,15}", size) is not None and len(_base64(root)) == 32, "handover.form")
    _need(following.startswith("next-key "), "handover.form")
    new = _key(following.removeprefix("next-key "))
    _need(new.name == origin and new.kind == LOG, "handover.form")
    old_signature, new_signature = (_signature(line, origin) for line in signatures[:2])
    old = next((key for key in trusted.logs if key.name == origin and key.id == old_signature[:4]), None)
    covered = f"{text}\n".encode()
    signed = old is not None and old.signed(old_signature[4:], covered)
    _need(signed and new_signature[:4] == new.id and new.signed(new_signature[4:], covered), "handover.signature")
    return Finding("handover", {"size": int(size), "origin": origin, "key": following.removeprefix("next-key ")})


def _cosigned(line: str, covered: bytes, witnesses: Sequence[_Key]) -> tuple[_Key, str]:
    """Which witness says with this line that it saw the checkpoint, and when (C2SP tlog-cosignature)."""
    for witness in witnesses:
        if not line.startswith(f"{DASH}{witness.name} "):
            continue
        signature = _signature(line, witness.name)
        if signature[:4] == witness.id:
            seconds = int.from_bytes(signature[4:12], "big")
            said = f"cosignature/v1\ntime {seconds}\n".encode() + covered
            _need(witness.signed(signature[12:], said), "witness.signature", name=witness.name)
            return witness, datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    raise Flaw("witness.unknown")


def _signature(line: str, name: str) -> bytes:
    prefix = f"{DASH}{name} "
    _need(line.startswith(prefix), "checkpoint.other_key")
    return _base64(line.removeprefix(prefix))


# ------------------------------------------------------------------------------------------------------------- events


def _events(files: Mapping[str, bytes], manifest: Mapping[str, Any], signed: _Signed) -> dict[int, Any]:
    """Each event of the manifest by position, proved to be in the log; nothing else may lie there."""
    found: dict[int, Any] = {}
    last = 0
    for entry in manifest["events"]:
        _need(set(entry) == {"position", "recorded_us"}, "manifest.more")
        position, us = _whole(entry["position"]), _whole(entry["recorded_us"])
        _need(position > last, "manifest.order")
        last = position
        body = _file(files, f"events/{position:012}.json")
        covered = position.to_bytes(8, "big") + us.to_bytes(8, "big", signed=True) + body
        leaf = hashlib.sha256(b"\0" + covered).digest()
        proof = _text(files, f"proofs/{position:012}.tlog-proof")
        head, _, rest = proof.partition("\n\n")
        lines = head.split("\n")
        _need(len(lines) >= 2 and lines[0] == "c2sp.org/tlog-proof@v1", "proof.form", position=position)
        _need(lines[1] == f"index {position - 1}", "proof.other_event", position=position)
        _need(rest == signed.note, "proof.other_checkpoint", position=position)
        hashes = [_base64(line) for line in lines[2:]]
        there = _leads_to(position - 1, signed.size, leaf, hashes, signed.root)
        _need(there, "inclusion.not_there", position=position)
        envelope = _json(files, f"events/{position:012}.json")
        found[position] = {"us": us, "body": body, "leaf": leaf, "envelope": envelope}
    named = {f"events/{position:012}.json" for position in found} | {
        f"proofs/{position:012}.tlog-proof" for position in found
    }
    lying = {name for name in files if name.startswith(("events/", "proofs/"))}
    _need(named == lying, "archive.unnamed")
    return found


def _payload(events: Mapping[int, Any], position: int, name: str) -> Mapping[str, Any]:
    _need(position in events, "manifest.event_missing", position=position)
    envelope = events[position]["envelope"]
    _need(envelope["type"] == name, "manifest.other_event", position=position, type=name)
    return envelope["payload"]


def _streams(events: Mapping[int, Any]) -> int:
    """Where two events of one stream follow each other here, the second names the hash of the first one's bytes."""
    tips: dict[str, tuple[int, str]] = {}
    followed = 0
    for position, event in sorted(events.items()):
        envelope = event["envelope"]
        stream, version = envelope["stream"], envelope["stream_version"]
        before = tips.get(stream)
        if version == 1:
            _need(envelope["prevstreamhash"] == "0" * 64, "stream.no_beginning", stream=stream, position=position)
        elif before is not None and before[0] == version - 1:
            _need(envelope["prevstreamhash"] == before[1], "stream.other_bytes", stream=stream, version=version)
            followed += 1
        _need(before is None or version > before[0], "stream.back", stream=stream, position=position)
        tips[stream] = version, hashlib.sha256(event["body"]).hexdigest()
    return followed


# ------------------------------------------------------------------------------------------------------- completeness


def _complete(
    files: Mapping[str, bytes],
    events: Mapping[int, Any],
    own: Sequence[int],
    subject: str,
    as_of: int,
    heads: Mapping[str, Any],
) -> None:
    """The chain over the events here is the one that was recorded; without events, two neighbours show that none is."""
    chain = bytes(32)
    for position in own:
        _need(position <= as_of, "completeness.beyond", position=position, as_of=as_of)
        about = events[position]["envelope"]["subjects"]
        _need(subject in about, "completeness.other_subject", position=position, subject=subject)
        chain = hashlib.sha256(chain + events[position]["leaf"]).digest()
    told = _canonical_json(files, "heads.json")
    _need(set(told) == {"subjects", "entries"}, "heads.form")
    count, root = _whole(told["subjects"]), bytes.fromhex(heads["root"])
    _need(heads["subjects"] == count, "heads.other_number")
    entries = told["entries"]
    for entry in entries:
        _need(set(entry) == {"subject", "count", "chain", "index", "hashes"}, "heads.form")
        leaf = hashlib.sha256(
            b"\0" + f"{entry['subject']}\n{_whole(entry['count'])}\n{entry['chain']}\n".encode()
        ).digest()
        hashes = [_base64(one) for one in entry["hashes"]]
        proved = _leads_to(_whole(entry["index"]), count, leaf, hashes, root)
        _need(proved, "heads.not_recorded", subject=entry["subject"])
    if own:
        _need(len(entries) == 1 and entries[0]["subject"] == subject, "heads.other_subject", subject=subject)
        same = entries[0]["count"] == len(own) and entries[0]["chain"] == chain.hex()
        _need(same, "completeness.others", count=entries[0]["count"], subject=subject)
        return
    places = [entry["index"] for entry in entries]
    names = [entry["subject"].encode() for entry in entries]
    key = subject.encode()
    if count == 0:
        absent = not entries and root == hashlib.sha256(b"").digest()
    elif len(entries) == 2:
        absent = places[1] == places[0] + 1 and names[0] < key < names[1]
    else:
        first = places == [0] and key < names[0]
        last = places == [count - 1] and names[0] < key
        absent = len(entries) == 1 and (first or last)
    _need(absent, "completeness.not_absent", subject=subject)


def _cited(events: Mapping[int, Any], own: Sequence[int], subject: str) -> set[int]:
    """Of the bundle of a case, the events from elsewhere: all of them are named by its file, and all named are here."""
    if not subject.startswith("case:"):
        return set()
    about = [one for one in own if subject in events[one]["envelope"]["subjects"]]
    named: set[int] = set()
    for position in about:
        envelope = events[position]["envelope"]
        if envelope["type"] in ("conflict.ruling_issued", "conflict.ruling_proposed"):
            named |= {_whole(one) for one in envelope["payload"].get("fact_positions") or ()}
        elif envelope["type"] == "conflict.evidence_submitted" and envelope["payload"]["position"] is not None:
            named.add(_whole(envelope["payload"]["position"]))
    for position in sorted(named):
        _need(position in own, "ruling.missing", position=position)
    return named - set(about)


def _rulings(events: Mapping[int, Any], about: Sequence[int]) -> int:
    """Each ruling carries the hash over the file of the case until then and what it stands on; how many there are."""
    found = 0
    for position in about:
        envelope = events[position]["envelope"]
        if envelope["type"] not in ("conflict.ruling_issued", "conflict.ruling_proposed"):
            continue
        until, stands_on = (
            _whole(envelope["payload"]["as_of_position"]),
            envelope["payload"].get("fact_positions") or (),
        )
        listed = sorted({*(one for one in about if one <= until), *stands_on})
        lines = "".join(f"{one} {events[one]['leaf'].hex()}\n" for one in listed)
        same = hashlib.sha256(lines.encode()).hexdigest() == envelope["payload"].get("evidence_sha256")
        _need(same, "ruling.other", position=position)
        found += 1
    return found


def _disclosed(files: Mapping[str, bytes], events: Mapping[int, Any]) -> tuple[int, int]:
    """Every opened value is the one whose digest stands in an event; how many are opened, and how many are not."""
    sealed = {one for event in events.values() for one in _digests(event["envelope"]["payload"])}
    names = sorted(name for name in files if name.startswith("disclosures/"))
    for name in names:
        digest = name.removeprefix("disclosures/").removesuffix(".txt")
        real = base64.urlsafe_b64encode(hashlib.sha256(files[name]).digest()).rstrip(b"=").decode()
        _need(real == digest and digest in sealed, "disclosure.other", digest=digest)
    return len(names), len(sealed) - len(names)


def _erased(files: Mapping[str, bytes], events: Mapping[int, Any]) -> Iterator[tuple[int, str, int]]:
    """Who was erased, from which position on, and how many values of theirs stay sealed here."""
    opened = {
        name.removeprefix("disclosures/").removesuffix(".txt") for name in files if name.startswith("disclosures/")
    }
    for position, event in sorted(events.items()):
        if event["envelope"]["type"] != "privacy.subject_erased":
            continue
        whom = str(event["envelope"]["payload"]["data_subject"])
        kind, _, id = whom.partition(":")
        payloads = [one["envelope"]["payload"] for one in events.values()]
        theirs = {one for payload in payloads if payload.get(f"{kind}_id") == id for one in _digests(payload)}
        yield position, whom, len(theirs - opened)


def _digests(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("digest"), str):
            yield value["digest"]
        for member in value.values():
            yield from _digests(member)
    elif isinstance(value, list):
        for member in value:
            yield from _digests(member)


# ------------------------------------------------------------------------------------------------------------- pieces


def _leads_to(index: int, size: int, leaf: bytes, hashes: Sequence[bytes], root: bytes) -> bool:
    """RFC 9162, 2.1.3.2."""
    if not 0 <= index < size:
        return False
    here, last, found = index, size - 1, leaf
    for other in hashes:
        if last == 0:
            return False
        if here & 1 or here == last:
            found = hashlib.sha256(b"\1" + other + found).digest()
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            found = hashlib.sha256(b"\1" + found + other).digest()
        here, last = here >> 1, last >> 1
    return last == 0 and found == root


def _base64(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Flaw("form.base64") from error
    _need(base64.b64encode(raw).decode() == text, "form.base64")
    return raw


def _whole(value: Any) -> int:
    _need(type(value) is int and 0 <= value < 2**53, "form.number")
    return value


def _need(holds: bool, code: str, **values: object) -> None:
    if not holds:
        raise Flaw(code, **values)


def main(arguments: Sequence[str] | None = None, say: Callable[[str], None] = print) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="fieldtrace-verify", description="Check an evidence bundle.")
    parser.add_argument("bundle", help="the zip file, or a note by which a key hands over to another")
    trusted = parser.add_mutually_exclusive_group(required=True)
    trusted.add_argument("--key", help="the public key of the log's signer: name+id+key")
    trusted.add_argument("--policy", help="a file with a C2SP tlog-policy: the log's key, witnesses, how many of whom")
    parser.add_argument("--json", action="store_true", help="the findings as JSON")
    parser.add_argument("--lang", choices=("en", "zh-CN"), default="en", help="the language of the findings")
    asked = parser.parse_args(arguments)
    name = asked.bundle
    try:
        with open(name, "rb") as file:
            bundle = file.read(MOST_BYTES + 1)
        if asked.policy is not None:
            name = asked.policy
            with open(name, encoding="utf-8") as file:
                asked.key = file.read() + "\n"
    except (OSError, UnicodeDecodeError) as error:
        say(f"{name}: {error}")
        return 2
    chinese = asked.lang == "zh-CN"
    try:
        holds = check(bundle, asked.key)
    except Flaw as flaw:
        told = {"ok": False, "layer": flaw.layer, "code": flaw.code, "flaw": flaw.what, "values": flaw.values}
        sentence = f"{'不成立' if chinese else 'DOES NOT HOLD'}: {flaw.told(asked.lang)}"
        say(json.dumps(told, ensure_ascii=False, default=str) if asked.json else sentence)
        return 1
    told = {
        "ok": True,
        "findings": [finding.told(asked.lang) for finding in holds],
        "codes": [{"layer": finding.layer, "values": finding.values} for finding in holds],
    }
    lines = [*told["findings"], "全部成立" if chinese else "EVERYTHING HOLDS"]
    say(json.dumps(told, ensure_ascii=False) if asked.json else "\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
