"""What a person who builds a client looks up: how it is asked, what a problem means, what a request holds."""

from collections.abc import Mapping
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import HTMLResponse, JSONResponse, Response

from api.emitting import EMITTED
from api.http.asking import ThePlatform
from api.http.conversation import Measures
from api.http.problems import DoorProblem, language_of, paragraphs, title
from api.http.words import Language
from services.lags import lags

router = APIRouter(include_in_schema=False)
_STYLE = (
    "body{font:16px/1.6 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c1c1c}"
    "code,pre{font:14px/1.5 ui-monospace,monospace;background:#f4f4f2;padding:.1em .3em}pre{padding:.8em;overflow:auto}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.3em .6em;"
    "border-bottom:1px solid #ddd}h3{margin:2rem 0 .3rem}.m{font-weight:700}"
)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


@router.get("/docs")
async def docs(request: Request) -> Response:
    """Every operation, made from the OpenAPI document; needs nothing from elsewhere."""
    document: Mapping[str, Any] = request.app.openapi()
    schemas: Mapping[str, Any] = document["components"]["schemas"]
    parts = [f"<h1>{escape(document['info']['title'])}</h1>"]
    parts += [f"<p>{escape(part)}</p>" for part in str(document["info"]["description"]).split("\n\n")]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            parts.append(_operation(path, method, operation, schemas))
    return _page("en", document["info"]["title"], "".join(parts))


@router.get("/problems/{slug}")
async def problem(request: Request, slug: str) -> Response:
    """What a problem means."""
    known = paragraphs().get(slug)
    if known is None:
        raise DoorProblem(404, "NOT_FOUND")
    status, meaning = known
    code = slug.upper().replace("-", "_")
    text = f"# {title(code, language_of(request))}\n\n`{code}` · {status}\n\n{meaning}\n"
    return Response(text, 200, media_type="text/markdown")


@router.get("/schemas/{asked}/v1")
async def schema(asked: str) -> Response:
    """The JSON Schema of the data of one request type, as `dataschema` names it."""
    emitted = EMITTED.get(asked)
    if emitted is None:
        raise DoorProblem(404, "NOT_FOUND")
    return JSONResponse({"$id": f"/schemas/{asked}/v1", **emitted.body.model_json_schema()})


@router.get("/metrics")
async def metrics(request: Request, platform: ThePlatform) -> Response:
    """Figures for Prometheus."""
    measures: Measures = request.app.state.measures
    trust = await platform.proving.trust()
    measures.unsigned.set(trust.unsigned_seconds)
    measures.unanchored.set(trust.unanchored_seconds)
    measures.signer_refuses.set(trust.refusal is not None)
    measures.position.set((await platform.log.head()).position)
    progress = await platform.projector.progress()
    read_models = await lags(platform.log, {one.name: one.position for one in progress}, platform.now)
    for one in progress:
        measures.lag.labels(one.name).set(read_models[one.name].events)
        measures.lag_seconds.labels(one.name).set(read_models[one.name].seconds)
        measures.parked.labels(one.name).set(len(one.parked))
    for name, lag in (await platform.followers_behind()).items():
        measures.follower_lag.labels(name).set(lag.events)
        measures.follower_lag_seconds.labels(name).set(lag.seconds)
    return Response(generate_latest(measures.registry), 200, {"Content-Type": CONTENT_TYPE_LATEST})


def _operation(path: str, method: str, operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    parts = [f'<h3><span class="m">{method.upper()}</span> <code>{escape(path)}</code></h3>']
    parts.append(f"<p>{escape(operation.get('summary', ''))}. {escape(operation.get('description', ''))}</p>")
    rows = [
        (one["name"], one["in"], one.get("description", ""), one.get("required", False))
        for one in operation.get("parameters", ())
    ]
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        found = _followed(content["schema"], schemas)
        needed = found.get("required", ())
        rows += [
            (name, kind, one.get("description", ""), name in needed)
            for name, one in found.get("properties", {}).items()
        ]
    if rows:
        cells = "".join(
            f"<tr><td><code>{escape(name)}</code>{' *' if needed else ''}</td><td>{escape(where)}</td>"
            f"<td>{escape(said)}</td></tr>"
            for name, where, said, needed in rows
        )
        parts.append(f"<table>{cells}</table>")
    return "".join(parts)


def _followed(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = schema.get("$ref")
    return schemas[reference.rsplit("/", 1)[1]] if reference else schema


def _page(language: Language, heading: str, body: str) -> Response:
    html = (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{escape(heading)}</title>'
        f"<style>{_STYLE}</style><body>{body}</body></html>"
    )
    return HTMLResponse(html, headers={"Content-Security-Policy": _POLICY, "Vary": "Accept-Language"})
