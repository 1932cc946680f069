"""Starting processes of ours with the settings of a test."""

import os

from pydantic import SecretStr

from config.settings import Settings


def environment_of(settings: Settings) -> dict[str, str]:
    """Write the settings as environment variables, on top of what this process has."""
    own = {
        name.upper(): str(value.get_secret_value() if isinstance(value, SecretStr) else value)
        for name, value in settings
        if value is not None
    }
    return os.environ | own | {"ENV_FILE": os.devnull}
