"""Every address of the platform's API, gathered from one small file per area."""

from simulator.endpoints import (
    conditional_menus,
    content_checks,
    custom,
    drafts,
    jssdk,
    mass,
    materials,
    media,
    menus,
    mini_program,
    network,
    oauth,
    publications,
    qrcodes,
    quotas,
    subscriptions,
    tags,
    template_picking,
    templates,
    tokens,
    users,
)
from simulator.pipeline import Endpoint

_AREAS = (
    tokens,
    templates,
    template_picking,
    custom,
    subscriptions,
    mass,
    drafts,
    publications,
    materials,
    qrcodes,
    media,
    users,
    tags,
    menus,
    conditional_menus,
    network,
    quotas,
    jssdk,
    oauth,
    mini_program,
    content_checks,
)

ENDPOINTS: dict[str, Endpoint] = {endpoint.path: endpoint for area in _AREAS for endpoint in area.ENDPOINTS}
