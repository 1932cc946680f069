"""Makes the files to print codes from, as asked for on the page 「打印二维码」."""

from collections.abc import Sequence
from pathlib import Path

from domain.code_printing import Drawn, Form, Order, drawn, make_pdf, make_zip
from domain.print_mark import mark
from domain.qr_codes import plain_link
from domain.sheet_layouts import layout_named
from domain.sheet_pdf import load_typeface
from domain.working_time import local_time
from jobs.task_run import TaskRun

_TYPEFACE = Path(__file__).resolve().parent.parent / "web" / "static" / "vendor" / "fonts"


def make_sheets(run: TaskRun) -> None:
    """Make a PDF of sheets, or a zip of pictures; the parameters are `ids` of places, `form` and `layout`.

    Raises:
        DomainError: it cannot be made; the words say why.
    """
    settings = run.settings
    form = Form(run.parameters["form"])

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
