"""The same photo a thousand times: in the chat, where each costs a tap, and by the pages."""

import time
from io import BytesIO
from random import Random
from urllib.request import Request, urlopen

from PIL import Image
from sqlalchemy import func, select

from models.attachment import Attachment
from models.enums import AttachmentState
from tests.drills.abuse.product import Product
from tests.drills.abuse.scenes import CAMPUS
from tests.drills.abuse.traffic import Chatter, Connection, Tally, at_once

_FETCHED_WITHIN = 60.0
_FORM = "application/x-www-form-urlencoded"


def photos(product: Product, seconds: float) -> Tally:
    """Send one photo 1 000 times a minute in the chat, and again and again to the pages."""
    tally, data = Tally(), _noisy_photo()
    media_id = _at_the_platform(product, data)
    end = time.monotonic() + seconds

    def hand(number: int) -> None:
        if number == 0:
            _chat(product, media_id, end, tally)
        else:
            _pages(product, data, end, tally)

    at_once(3, hand)
    _wait_for_the_worker(product, tally)
    return tally


def _noisy_photo() -> bytes:
    """Draw what no compression makes small: half a megabyte."""
    picture = Image.frombytes("RGB", (700, 500), Random(7).randbytes(700 * 500 * 3))
    data = BytesIO()
    picture.save(data, "JPEG", quality=85)
    return data.getvalue()


def _at_the_platform(product: Product, data: bytes) -> str:
    """Have somebody send it once, so that the platform has it to be fetched."""
    base = product.settings.wechat_api_base.rstrip("/")
    with urlopen(f"{base}/_sim/users") as answer:  # noqa: S310 (our own address)
        import json

        openid = json.load(answer)[0]["openid"]
    with urlopen(Request(f"{base}/_sim/users/{openid}/follow", method="POST")):  # noqa: S310 (our own address)
        pass
    mark = "drill-boundary"
    body = (
        f'--{mark}\r\nContent-Disposition: form-data; name="type"\r\n\r\nimage\r\n'
        f'--{mark}\r\nContent-Disposition: form-data; name="media"; filename="a.jpg"\r\n'
        "Content-Type: image/jpeg\r\n\r\n"
    ).encode()
    body += data + f"\r\n--{mark}--\r\n".encode()
    asked = Request(  # noqa: S310 (our own address)
        f"{base}/_sim/users/{openid}/send",
        data=body,
        headers={"Content-Type": f"multipart/form-data; boundary={mark}"},
    )
    with urlopen(asked) as answer:  # noqa: S310
        return str(json.load(answer)["packet"]["MediaId"])


def _chat(product: Product, media_id: str, end: float, tally: Tally) -> None:
    chatter, due = Chatter(product), time.monotonic()
    while due < end:
        time.sleep(max(0.0, due - time.monotonic()))
        due += 60 / 1000
        answer, said = chatter.say(product.abuser, "image", MediaId=media_id, PicUrl="http://x/")
        told = said.startswith("您发得太快了")
        tally.add(answer, through=bool(said) and not told)
        if told:
            tally.words[said.partition("\n")[0]] += 1


def _pages(product: Product, data: bytes, end: float, tally: Tally) -> None:
    phone = Connection(product, address=CAMPUS, phone=product.abuser_phone)
    while time.monotonic() < end:
        begun = phone.post("/h5/uploads", {"name": "a.jpg", "size": str(len(data))})
        tally.add(begun)
        if begun.status != 201:
            continue
        upload_id = begun.body.partition('"id":"')[2].partition('"')[0]
        chunk = 512 * 1024
        for start in range(0, len(data), chunk):
            headers = {
                "Upload-Offset": str(start),
                "Content-Type": "application/octet-stream",
                "X-CSRFToken": product.abuser_phone.token,
            }
            path = f"/h5/uploads/{upload_id}/chunks"
            phone.ask("POST", path, body=data[start : start + chunk], headers=headers)
        phone.post(f"/h5/uploads/{upload_id}/finish", {})


def _wait_for_the_worker(product: Product, tally: Tally) -> None:
    """Wait until it has fetched all it will, and look how many files lie there."""
    end = time.monotonic() + _FETCHED_WITHIN
    waiting = select(func.count(Attachment.id)).where(Attachment.state == AttachmentState.PENDING)
    kept = select(func.count(Attachment.id), func.count(Attachment.file_key.distinct())).where(
        Attachment.digest != ""
    )
    while time.monotonic() < end:
        with product.database.reading() as session:
            left = session.scalar(waiting) or 0
            photos_kept, files = session.execute(kept).one()
        if not left:
            break
        time.sleep(0.5)
    tally.words[f"（聊天里的 {photos_kept} 张照片存成 {files} 个文件）"] += 1
    # One of whoever sent it first, and one of the abuser.
    if left or files > 2:
        tally.wrong.append(f"{photos_kept} photos lie in {files} files, {left} were not fetched")
