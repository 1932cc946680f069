"""Every address of the platform's API, gathered from one small file per area."""

from simulator.endpoints import (
    custom,
    jssdk,
    media,
    menus,
    mini_program,
    network,
    oauth,
    qrcodes,
    quotas,
    subscriptions,
    templates,
    tokens,
    users,
)
from simulator.pipeline import Endpoint

_AREAS = (
    tokens,
    templates,
    custom,
    subscriptions,
    qrcodes,
    media,
    users,
    menus,
    network,
    quotas,
    jssdk,
    oauth,
    mini_program,
)

ENDPOINTS: dict[str, Endpoint] = {endpoint.path: endpoint for area in _AREAS for endpoint in area.ENDPOINTS}
