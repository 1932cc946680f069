"""Makes the files to print codes from, as asked for on the page 「打印二维码」."""

from collections.abc import Sequence
from pathlib import Path

from domain.code_choice import by_ids
from domain.code_printing import Drawn, Form, Order, drawn, make_pdf, make_zip
from domain.mini_code_printing import make_mini_zip, pictures_of
from domain.mini_codes import codes_of
from domain.print_mark import mark
from domain.qr_codes import plain_link
from domain.sheet_layouts import layout_named
from domain.sheet_pdf import load_typeface
from domain.working_time import local_time
from jobs.task_run import TaskRun
from wechat.mini_codes import wanted_codes

_TYPEFACE = Path(__file__).resolve().parent.parent / "web" / "static" / "vendor" / "fonts"


def make_sheets(run: TaskRun) -> None:
    """Make a PDF of sheets, or a zip of pictures; the parameters are `ids` of places, `form` and `layout`.

    Raises:
        DomainError: it cannot be made; the words say why.
    """
    settings = run.settings
    form = Form(run.parameters["form"])
    if form is Form.MINI:
        _make_mini_codes(run)
        return

    def source(ids: Sequence[int]) -> list[Drawn]:
        with run.reading() as session:
            return drawn(session, ids, app_id=settings.wechat_app_id, base_url=settings.base_url)

    with run.reading() as session:
        mark_of_office = mark(session)
    ids = run.parameters["ids"]
    order = Order(
        ids=ids,
        source=source,
        progress=run.progress,
        mark=mark_of_office,
        plain_prefix=plain_link("", base_url=settings.base_url),
    )
    day = f"{local_time(run.now()):%Y%m%d}"
    if form is Form.PDF:
        layout = layout_named(run.parameters["layout"])
        load_typeface(_TYPEFACE)
        path = run.folder / "codes.pdf"
        report = make_pdf(path, layout, order)
        name = f"二维码 {layout.label} {report.made}个 {day}.pdf"
    else:
        path = run.folder / "codes.zip"
        report = make_zip(path, form, order)
        name = f"二维码 {form.name} {report.made}个 {day}.zip"
    run.progress(len(ids), len(ids))
    run.result["lines"] = report.lines()
    run.store(path, name)


def _make_mini_codes(run: TaskRun) -> None:
    ids: list[int] = run.parameters["ids"]
    with run.reading() as session:
        places = by_ids(session, ids)
        pictures = pictures_of(places, codes_of(session, places, wanted_codes(run.settings)))
    path = run.folder / "codes.zip"
    report = make_mini_zip(path, pictures, read=run.read_file, progress=run.progress)
    run.progress(len(ids), len(ids))
    run.result["lines"] = report.lines()
    run.store(path, f"小程序码 {report.made}个 {local_time(run.now()):%Y%m%d}.zip")
