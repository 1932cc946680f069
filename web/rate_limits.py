"""How often one address may do what costs us something: signing in, submitting, uploading."""

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

# Put `@limiter.limit("10 per minute")` on a view. Counters live in settings.rate_limit_store.
limiter = Limiter(key_func=get_remote_address, default_limits=[], headers_enabled=False)
