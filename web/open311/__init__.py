"""Open311 GeoReport v2: how portals of the city and of the campus list, file and follow service requests.

https://wiki.open311.org/GeoReport_v2/
"""

from flask import Blueprint

from web.open311 import requests, services

BLUEPRINTS: tuple[Blueprint, ...] = (services.blueprint, requests.blueprint, requests.filing)
