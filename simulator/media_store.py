"""Files: what users send, what the account uploads."""

import secrets

from simulator.clock import VirtualClock
from simulator.state import Media, State

TEMPORARY_SECONDS = 3 * 86_400


class MediaStore:
    """Files by media id; temporary ones end after three days on the virtual clock."""

    def __init__(self, state: State, clock: VirtualClock) -> None:
        self._state = state
        self._clock = clock
        self.base_url = "http://127.0.0.1:9900"

    def save(
        self,
        content: bytes,
        *,
        kind: str,
        filename: str,
        content_type: str,
        permanent: bool = False,
        material: bool = False,
    ) -> Media:
        """Keep a file; `permanent` for a picture that has only an address, `material` for one with an id."""
        now = self._clock.now()
        expires_at = None if permanent or material else now + TEMPORARY_SECONDS
        media = Media(secrets.token_urlsafe(48), kind, filename, content_type, now, expires_at, material)
        with self._state.lock:
            self._state.storage.save_content(media.media_id, content)
            return self._state.media.put(media.media_id, media)

    def find_live(self, media_id: str) -> Media | None:
        """Return a file that has not run out, or None."""
        media = self._state.media.get(media_id)
        if media is None or (media.expires_at is not None and media.expires_at <= self._clock.now()):
            return None
        return media

    def find_material(self, media_id: object, *kinds: str) -> Media | None:
        """Return permanent material of one of the kinds (any, when none is named), or None."""
        media = self._state.media.get(media_id) if isinstance(media_id, str) else None
        if media is None or not media.material or (kinds and media.kind not in kinds):
            return None
        return media

    def content(self, media_id: str) -> bytes | None:
        """Return the bytes, also of a file that has run out: the chat goes on showing it."""
        with self._state.lock:
            return self._state.storage.load_content(media_id)

    def url(self, media_id: str) -> str:
        """Return the address at which this platform shows the file."""
        return self.base_url + self.path(media_id)

    def path(self, media_id: str) -> str:
        """Return the address without the host, for what is kept: the port may differ after a restart."""
        return f"/_sim/media/{media_id}"
