"""Figures, each with its formula and what it stands on."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from api.http.answers import Page, answer, basis_of, listed, plain, prefers_csv
from api.http.asking import AnyAsker, At, MinPosition, ThePlatform, only
from services.access import Role
from services.metrics import Figures, Ratio

router = APIRouter(tags=["metrics"])


@router.get("/v1/metrics/{name}")
async def read_metric(
    request: Request,
    platform: ThePlatform,
    asker: AnyAsker,
    name: Annotated[str, Path(max_length=64)],
    by: Annotated[str | None, Query(max_length=32, description="Told apart by this: source, rep or team.")] = None,
    from_: Annotated[date | None, Query(alias="from", description="First business date.")] = None,
    to: Annotated[date | None, Query(description="Last business date, included.")] = None,
    at: At = None,
    min_position: MinPosition = None,
) -> Response:
    """A figure: numerator, denominator, basis points (null where the denominator is 0), and what was left out."""
    only(asker, "metrics.read", Role.MANAGER, Role.ARBITER, Role.AUDITOR, Role.OPS)
    basis = await basis_of(platform, at, min_position)
    figures = await platform.metrics.figures(name, at=basis.position, by=by, first=from_, last=to)
    items = [_told(one, figures) for one in figures.items]
    if prefers_csv(request):
        columns = (*([by] if by else []), "numerator", "denominator", "value_bp", "n", "excluded")
        return listed(request, Page(items, None, columns), basis)
    return answer({"items": items, "definition": plain(figures.definition)}, basis=basis)


def _told(one: Ratio, figures: Figures) -> Mapping[str, Any]:
    about = {figures.by: one.of} if figures.by else {}
    return {
        **about,
        "numerator": one.numerator,
        "denominator": one.denominator,
        "value_bp": one.value_bp,
        "n": one.n,
        "excluded": dict(one.excluded),
    }
