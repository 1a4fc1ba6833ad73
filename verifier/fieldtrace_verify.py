"""Checks an evidence bundle of Fieldtrace: one file, the standard library and `cryptography`, nothing of the rest.

    python fieldtrace_verify.py BUNDLE.zip --key NAME+ID+KEY [--json]

0: everything holds · 1: something does not · 2: not asked properly. Whatever is not understood does not hold.
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
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "fieldtrace-evidence/1"
MOST_BYTES = 1 << 30
NAME = re.compile(
    r"CERTIFICATION\.txt|checkpoint\.txt|heads\.json|manifest\.json|policy\.txt|report\.html"
    r"|events/\d{12}\.json|proofs/\d{12}\.tlog-proof|disclosures/[A-Za-z0-9_-]{43}\.txt"
)
DASH = "\N{EM DASH} "


class Flaw(Exception):
    """Something does not hold: which layer, and what."""

    def __init__(self, layer: str, what: str) -> None:
        super().__init__(f"{layer}: {what}")
        self.layer = layer
        self.what = what


def verify(bundle: bytes, key: str) -> list[str]:
    """What holds of a bundle, a sentence each. Raises `Flaw` with the first thing that does not."""
    try:
        return list(_checked(bundle, key))
    except Flaw:
        raise
    except Exception as error:  # what is not understood does not hold
        raise Flaw("form", f"{type(error).__name__}: {error}") from error


def _checked(bundle: bytes, key: str) -> Iterator[str]:
    files = _files(bundle)
    yield f"archive: {len(files)} files, none of them unknown, none twice"
    manifest = _canonical_json(files, "manifest.json")
    _need(manifest.get("format") == FORMAT, "form", "this is no bundle of a form that is known here")
    origin, size, root = _checkpoint(files, key)
    yield f"checkpoint: {origin} held {size} events when the key signed it"
    events = _events(files, manifest, size, root)
    yield f"events: {len(events)} stand in the signed log, each at its position with its bytes and its server time"
    heads_at, export_at = _whole(manifest["heads_position"]), _whole(manifest["export_position"])
    as_of, subject = _whole(manifest["as_of_position"]), str(manifest["subject"])
    own = [one for one in sorted(events) if one not in (heads_at, export_at)]
    heads = _payload(events, heads_at, "audit.subject_heads_recorded")
    export = _payload(events, export_at, "audit.dossier_exported")
    said = {"as_of_position": as_of, "subject": subject, "events": len(own), "content_sha256": _content(files)}
    for name, value in said.items():
        _need(export.get(name) == value, "export", f"the recorded export has another {name} than the bundle")
    yield "files: report, policy, certification and disclosures are those whose hash was recorded at the export"
    _need(
        heads.get("as_of_position") == as_of and export_at == heads_at + 1, "heads", "they are not those of the export"
    )
    _complete(files, events, own, subject, as_of, heads)
    yield f"completeness: {len(own)} events about {subject} up to position {as_of}, none missing"
    yield f"streams: {_streams(events)} events follow on the very bytes of the one before them"
    yield f"disclosures: {_disclosed(files, events)} values are those that were sealed"
    _need(_expected(manifest, origin, size, events) == manifest, "manifest", "it says something that does not follow")


# --------------------------------------------------------------------------------------------------------------- form


def _files(bundle: bytes) -> Mapping[str, bytes]:
    """The files of the archive, which must be exactly what its form makes of them."""
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        entries = archive.infolist()
        _need(sum(entry.file_size for entry in entries) <= MOST_BYTES, "archive", "it is too large")
        _need(all(entry.compress_type == zipfile.ZIP_STORED for entry in entries), "archive", "it is compressed")
        files = {entry.filename: archive.read(entry) for entry in entries}
    for name in files:
        _need(NAME.fullmatch(name) is not None, "archive", f"the file {name!r} does not belong here")
    again = io.BytesIO()
    with zipfile.ZipFile(again, "w", zipfile.ZIP_STORED) as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, content)
    _need(again.getvalue() == bundle, "archive", "it holds bytes that belong to no file")
    return files


def _canonical_json(files: Mapping[str, bytes], name: str) -> Any:
    value = json.loads(files[name])
    again = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"
    _need(again == files[name], "form", f"{name} is not written as it would be")
    return value


def _content(files: Mapping[str, bytes]) -> str:
    free = re.compile(r"CERTIFICATION\.txt|policy\.txt|report\.html|disclosures/.*")
    names = sorted(name for name in files if free.fullmatch(name))
    lines = [f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in names]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _expected(manifest: Mapping[str, Any], origin: str, size: int, events: Mapping[int, Any]) -> Mapping[str, Any]:
    """The manifest that everything else makes; what it has besides would be nobody's word."""
    return {
        "format": FORMAT,
        "origin": origin,
        "size": size,
        "subject": manifest["subject"],
        "as_of_position": manifest["as_of_position"],
        "heads_position": manifest["heads_position"],
        "export_position": manifest["export_position"],
        "events": [{"position": position, "recorded_us": event["us"]} for position, event in events.items()],
    }


# ---------------------------------------------------------------------------------------------------------- signature


def _checkpoint(files: Mapping[str, bytes], key: str) -> tuple[str, int, bytes]:
    """The name, the size and the root that the trusted key signed; no line may be anybody else's."""
    name, key_id, encoded = key.strip().split("+", 2)
    raw = base64.b64decode(encoded, validate=True)
    _need(len(raw) == 33 and raw[0] == 1, "key", "it is no Ed25519 key of a log")
    own_id = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    _need(own_id.hex() == key_id, "key", "its id is not that of its bytes")
    note = files["checkpoint.txt"].decode()
    text, _, signatures = note.partition("\n\n")
    text += "\n"
    origin, size, root, end = text.split("\n")
    _need(end == "" and origin == name, "checkpoint", f"it speaks of {origin}, the key of {name}")
    prefix = f"{DASH}{name} "
    _need(signatures.startswith(prefix) and signatures.count("\n") == 1, "checkpoint", "it has not one signature")
    signature = _base64(signatures.removeprefix(prefix).removesuffix("\n"))
    _need(signature[:4] == own_id, "checkpoint", "another key signed it")
    try:
        Ed25519PublicKey.from_public_bytes(raw[1:]).verify(signature[4:], text.encode())
    except InvalidSignature as error:
        raise Flaw("checkpoint", "its signature is not of the key") from error
    policy = f"log {key.strip()}\nquorum none\n"
    _need(files["policy.txt"].decode() == policy, "policy", "the bundle names another key than the trusted one")
    _need(str(int(size)) == size, "checkpoint", "its size is no number")
    return origin, int(size), _base64(root)


# ------------------------------------------------------------------------------------------------------------- events


def _events(files: Mapping[str, bytes], manifest: Mapping[str, Any], size: int, root: bytes) -> dict[int, Any]:
    """Each event of the manifest by position, proved to be in the log; nothing else may lie there."""
    note = files["checkpoint.txt"].decode()
    found: dict[int, Any] = {}
    last = 0
    for entry in manifest["events"]:
        position, us = _whole(entry["position"]), _whole(entry["recorded_us"])
        _need(position > last, "manifest", "its events are not in the order of the log")
        last = position
        body = files[f"events/{position:012}.json"]
        covered = position.to_bytes(8, "big") + us.to_bytes(8, "big", signed=True) + body
        leaf = hashlib.sha256(b"\0" + covered).digest()
        proof = files[f"proofs/{position:012}.tlog-proof"].decode()
        head, _, rest = proof.partition("\n\n")
        lines = head.split("\n")
        _need(lines[0] == "c2sp.org/tlog-proof@v1", "proof", f"that of {position} has another form")
        _need(lines[1] == f"index {position - 1}", "proof", f"that of {position} is of another event")
        _need(rest == note, "proof", f"that of {position} brings another checkpoint")
        hashes = [_base64(line) for line in lines[2:]]
        _need(
            _leads_to(position - 1, size, leaf, hashes, root),
            "inclusion",
            f"the event at {position} does not stand there in the signed log with these bytes and this server time",
        )
        envelope = json.loads(body)
        found[position] = {"us": us, "body": body, "leaf": leaf, "envelope": envelope}
    named = {f"events/{position:012}.json" for position in found} | {
        f"proofs/{position:012}.tlog-proof" for position in found
    }
    lying = {name for name in files if name.startswith(("events/", "proofs/"))}
    _need(named == lying, "archive", "it holds events or proofs that the manifest does not name")
    return found


def _payload(events: Mapping[int, Any], position: int, name: str) -> Mapping[str, Any]:
    _need(position in events, "manifest", f"the event at {position} is missing")
    envelope = events[position]["envelope"]
    _need(envelope["type"] == name, "manifest", f"the event at {position} is no {name}")
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
            _need(envelope["prevstreamhash"] == "0" * 64, "stream", f"{stream} does not begin at {position}")
        elif before is not None and before[0] == version - 1:
            _need(envelope["prevstreamhash"] == before[1], "stream", f"{stream} {version} follows on other bytes")
            followed += 1
        _need(before is None or version > before[0], "stream", f"{stream} goes back at {position}")
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
        _need(position <= as_of, "completeness", f"the event at {position} lies beyond {as_of}")
        about = events[position]["envelope"]["subjects"]
        _need(subject in about, "completeness", f"the event at {position} is not about {subject}")
        chain = hashlib.sha256(chain + events[position]["leaf"]).digest()
    told = _canonical_json(files, "heads.json")
    _need(set(told) == {"subjects", "entries"}, "heads", "heads.json has another form")
    count, root = _whole(told["subjects"]), bytes.fromhex(heads["root"])
    _need(heads["subjects"] == count, "heads", "another number of subjects was recorded")
    entries = told["entries"]
    for entry in entries:
        _need(set(entry) == {"subject", "count", "chain", "index", "hashes"}, "heads", "heads.json has another form")
        leaf = hashlib.sha256(
            b"\0" + f"{entry['subject']}\n{_whole(entry['count'])}\n{entry['chain']}\n".encode()
        ).digest()
        hashes = [_base64(one) for one in entry["hashes"]]
        proved = _leads_to(_whole(entry["index"]), count, leaf, hashes, root)
        _need(proved, "heads", f"the head of {entry['subject']} is not the recorded one")
    if own:
        _need(len(entries) == 1 and entries[0]["subject"] == subject, "heads", f"they are not those of {subject}")
        same = entries[0]["count"] == len(own) and entries[0]["chain"] == chain.hex()
        _need(same, "completeness", f"{entries[0]['count']} events about {subject} were recorded; these are others")
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
    _need(absent, "completeness", f"it is not shown that there is no event about {subject}")


def _disclosed(files: Mapping[str, bytes], events: Mapping[int, Any]) -> int:
    """Every opened value is the one whose digest stands in an event."""
    sealed = {one for event in events.values() for one in _digests(event["envelope"]["payload"])}
    names = [name for name in files if name.startswith("disclosures/")]
    for name in names:
        digest = name.removeprefix("disclosures/").removesuffix(".txt")
        real = base64.urlsafe_b64encode(hashlib.sha256(files[name]).digest()).rstrip(b"=").decode()
        _need(real == digest and digest in sealed, "disclosure", f"{digest} is not what was sealed")
    return len(names)


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
    raw = base64.b64decode(text, validate=True)
    _need(base64.b64encode(raw).decode() == text, "form", "a hash or a signature is not written as it would be")
    return raw


def _whole(value: Any) -> int:
    _need(type(value) is int and 0 <= value <= 2**53, "form", f"{value!r} is no whole number")
    return value


def _need(holds: bool, layer: str, what: str) -> None:
    if not holds:
        raise Flaw(layer, what)


def main(arguments: Sequence[str] | None = None, say: Callable[[str], None] = print) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="fieldtrace-verify", description="Check an evidence bundle.")
    parser.add_argument("bundle", help="the zip file")
    parser.add_argument("--key", required=True, help="the public key of the log's signer: name+id+key")
    parser.add_argument("--json", action="store_true", help="the findings as JSON")
    asked = parser.parse_args(arguments)
    try:
        with open(asked.bundle, "rb") as file:
            bundle = file.read(MOST_BYTES + 1)
    except OSError as error:
        say(f"{asked.bundle}: {error.strerror}")
        return 2
    try:
        holds = verify(bundle, asked.key)
    except Flaw as flaw:
        told = {"ok": False, "layer": flaw.layer, "flaw": flaw.what}
        say(json.dumps(told, ensure_ascii=False) if asked.json else f"DOES NOT HOLD: {flaw}")
        return 1
    told = {"ok": True, "findings": holds}
    say(json.dumps(told, ensure_ascii=False) if asked.json else "\n".join([*holds, "EVERYTHING HOLDS"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
