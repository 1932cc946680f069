"""Serves the small files by which WeChat's console makes sure that a domain is ours.

https://developers.weixin.qq.com/doc/service/guide/h5/jssdk.html (绑定域名)
"""

import re

from flask import Blueprint, Response, abort

from web.guards import open_to_all
from web.parts import parts

blueprint = Blueprint("verify_files", __name__)
blueprint.before_request(open_to_all)

_NAME = re.compile(r"(MP|WW)_verify_[A-Za-z0-9]+\.txt", re.ASCII)
# WeChat's hold sixteen characters.
_LARGEST = 1024


@blueprint.get("/<name>.txt")
def verify_file(name: str) -> Response:
    """Give a file of the folder VERIFY_DIR, if its name is one WeChat makes up."""
    file_name = f"{name}.txt"
    if _NAME.fullmatch(file_name) is None:
        abort(404)
    path = parts().settings.verify_dir / file_name
    if not path.is_file() or path.stat().st_size > _LARGEST:
        abort(404)
    return Response(path.read_bytes(), content_type="text/plain; charset=utf-8")
