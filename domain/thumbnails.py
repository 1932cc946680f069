"""Small pictures of kept photos, for pages that show many of them."""

from io import BytesIO

from PIL import Image

SIDE = 480
QUALITY = 72


def thumbnail(data: bytes) -> bytes:
    """Give a JPEG whose shorter side has at most SIDE pixels, made from what `clean_photo` gave."""
    with Image.open(BytesIO(data)) as photo:
        scale = SIDE / min(photo.size)
        if scale >= 1:
            return data
        size = (round(photo.width * scale), round(photo.height * scale))
        # The reader gives a smaller picture at once, in a fraction of the time.
        photo.draft("RGB", size)
        small = photo.convert("RGB").resize(size, Image.Resampling.LANCZOS)
    output = BytesIO()
    small.save(output, "JPEG", quality=QUALITY, progressive=True)
    return output.getvalue()
