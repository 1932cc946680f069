"""Drawing QR codes: for the screen, and for the printer."""

from io import BytesIO

import qrcode
from PIL import Image

# The white around a code without which cameras do not find it; four modules by the standard.
QUIET_ZONE = 4
# A fifth of the width covers 4 % of the code, well below the 30 % that level H makes good.
_LOGO_SHARE = 5


def svg(text: str) -> str:
    """Draw a code as SVG, one unit a module; it takes the size its page gives it, and needs no styles."""
    rows = modules(text, level=qrcode.ERROR_CORRECT_M)
    size = len(rows)
    path = "".join(
        f"M{column} {row}h1v1h-1z"
        for row, line in enumerate(rows)
        for column, dark in enumerate(line)
        if dark
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" shape-rendering="crispEdges">'
        f'<rect width="{size}" height="{size}" fill="#fff"/><path fill="#000" d="{path}"/></svg>'
    )


def png(text: str, *, module_pixels: int = 12, logo: Image.Image | None = None) -> bytes:
    """Draw a code as PNG.

    Args:
        module_pixels: the side of one module; 12 prints 5 cm at 300 dpi for the codes WeChat gives.
        logo: put into the middle, on white; the code then carries more to make up for what it hides.
    """
    level = qrcode.ERROR_CORRECT_M if logo is None else qrcode.ERROR_CORRECT_H
    rows = modules(text, level=level)
    size = len(rows)
    small = Image.new("1", (size, size), 1)
    small.putdata([0 if dark else 1 for line in rows for dark in line])
    picture = small.resize((size * module_pixels, size * module_pixels), Image.Resampling.NEAREST)
    if logo is not None:
        picture = _with_logo(picture.convert("RGB"), logo)
    output = BytesIO()
    picture.save(output, "PNG", optimize=True)
    return output.getvalue()


def modules(text: str, *, level: int = qrcode.ERROR_CORRECT_H) -> list[list[bool]]:
    """Give the modules of a code, dark ones true, its quiet zone included."""
    code = qrcode.QRCode(error_correction=level, border=QUIET_ZONE)
    code.add_data(text)
    code.make(fit=True)
    matrix: list[list[bool]] = code.get_matrix()
    return matrix


def _with_logo(picture: Image.Image, logo: Image.Image) -> Image.Image:
    side = picture.width // _LOGO_SHARE
    mark = logo.convert("RGBA")
    mark.thumbnail((side, side))
    white = Image.new("RGB", (side + side // 8, side + side // 8), "white")
    picture.paste(white, ((picture.width - white.width) // 2, (picture.height - white.height) // 2))
    picture.paste(mark, ((picture.width - mark.width) // 2, (picture.height - mark.height) // 2), mark)
    return picture
