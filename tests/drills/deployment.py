"""Try the product as `deploy/` starts it: `python -m tests.drills.deployment`.

PostgreSQL (from the pip package), two web instances and a worker by their systemd units, nginx by its
configuration, and a pretend WeChat. Every step prints what was found; the exit status is 0 when all is well.
"""

import argparse
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO

import requests
from PIL import Image
from sqlalchemy import func, select

from domain import api_sessions, running_state
from models.audit import AuditEntry
from models.enums import InboundState, NoticeState
from models.inbound import InboundMessage
from models.notice import Notice
from models.person import Person
from tests.drills.deployed import HOW_TO_INSTALL, PORTS, Nginx, Unit
from tests.drills.deployed_site import ADMIN, HOST, PASSWORD, Report, Site, Traffic, running_site, xml_of
from tests.support import postgresql
from tests.support.sender import Sender

STOPS_WITHIN = 10.0
LONGEST_KEPT = 4.5
SHORT_ROUNDS, ROUNDS = 1, 3


def try_pages(site: Site, report: Report) -> None:
    """A page with its files, errors, headers, and what must not be open."""
    visitor = site.visitor()
    page = visitor.get(f"{site.url}/admin/sign-in")
    report.tell("页面", fine=page.status_code == 200, words=f"登录页 {page.status_code}")
    link = page.text.split('rel="stylesheet" href="')[1].split('"')[0]
    style = visitor.get(site.url + link)
    kept = style.headers.get("Cache-Control", "")
    zipped = style.headers.get("Content-Encoding", "")
    fine = style.status_code == 200 and "immutable" in kept and zipped == "gzip"
    report.tell("静态文件", fine=fine, words=f"{style.status_code}，{kept}，{zipped}")
    spoofed = visitor.get(f"{site.url}/healthz", headers={"X-Request-Id": "chosen-by-a-visitor"})
    number = spoofed.headers["X-Request-Id"]
    report.tell("请求编号", fine=len(number) == 32, words=f"由 nginx 给出（{number[:8]}…），访客自带的不算")
    outside = visitor.get(f"{site.url}/metrics").status_code
    inside = f"http://127.0.0.1:{site.scratch.ports['8001']}/metrics"
    direct = requests.get(inside, timeout=10)
    forwarded = requests.get(inside, headers={"X-Forwarded-For": "127.0.0.1"}, timeout=10).status_code
    fine = (outside, direct.status_code, forwarded) == (404, 200, 403)
    words = f"外面 {outside}，本机 {direct.status_code}，替别人问的 {forwarded}"
    report.tell("/metrics", fine=fine, words=words)
    seats = direct.text.count("banshishi_http_requests_total{")
    living = "banshishi_leaders 1.0" in direct.text
    report.tell("合在一起的计数", fine=seats > 2 and living, words=f"{seats} 种请求，一个进程管定时任务")


def try_board(site: Site, report: Report) -> None:
    """The board comes out of nginx for three seconds, and hardly longer: nginx counts whole ones."""
    visitor = site.visitor()

    def state() -> str:
        return visitor.get(f"{site.url}/h5/board/rates").headers.get("X-Cache", "")

    first, asked = state(), time.monotonic()
    second = state()
    while (third := state()) == "HIT" and time.monotonic() - asked < 10:
        time.sleep(0.1)
    lasted = time.monotonic() - asked
    fine = (first, second) == ("MISS", "HIT") and lasted < LONGEST_KEPT
    report.tell("公示栏缓存", fine=fine, words=f"{first} → {second} → {lasted:.1f} 秒后 {third}")


def try_upload(site: Site, report: Report) -> None:
    """A photo of nearly ten megabytes goes through, by a connection as slow as a proxy has to bear."""
    with site.database.transaction() as session:
        person = Person(openid="oDrillPerson0000000000000001", created_at=datetime.now(UTC))
        session.add(person)
        session.flush()
        token = api_sessions.begin(session, person, device="drill", now=datetime.now(UTC))[1]
    photo = BytesIO()
    side = 2600  # of noise, which does not get smaller
    Image.frombytes("RGB", (side, side), os.urandom(side * side * 3)).save(photo, "JPEG", quality=97)
    size = len(photo.getvalue()) / 1_000_000
    answer = site.visitor().post(
        f"{site.url}/api/v1/uploads",
        files={"file": ("photo.jpg", photo.getvalue(), "image/jpeg")},
        headers={"Authorization": f"Bearer {token}"},
        timeout=60,
    )
    report.tell(
        "上传", fine=answer.status_code == 201, words=f"{size:.1f} MB 的照片，回答 {answer.status_code}"
    )


def try_address(site: Site, report: Report) -> None:
    """What is written down about a visitor is their own address, whatever they claim."""
    visitor = site.visitor("127.0.0.9")
    token = visitor.get(f"{site.url}/admin/sign-in").text.split('name="csrf_token" value="')[1].split('"')[0]
    form = {"csrf_token": token, "username": ADMIN, "password": PASSWORD}
    claims = {"X-Forwarded-For": "6.6.6.6", "X-Real-Ip": "6.6.6.6", "Forwarded": "for=6.6.6.6"}
    headers = claims | {"Referer": f"{site.url}/admin/sign-in"}
    answer = visitor.post(f"{site.url}/admin/sign-in", data=form, headers=headers, allow_redirects=False)
    with site.database.reading() as session:
        addresses = set(session.scalars(select(AuditEntry.address).where(AuditEntry.address != "")))
    fine = answer.status_code == 303 and addresses == {"127.0.0.9"}
    report.tell(
        "来访地址", fine=fine, words=f"登录 {answer.status_code}，审计里记的是 {', '.join(addresses)}"
    )


def try_rolling_restart(site: Site, report: Report, *, rounds: int) -> None:
    """Restart one instance after the other, and the worker, while people and the platform go on."""
    took: list[float] = []
    with Traffic(site).flowing() as traffic:
        time.sleep(1)
        for _ in range(rounds):
            took += [unit.restart() for unit in (*site.webs, site.worker)]
            time.sleep(0.5)
        time.sleep(1)
    many = f"{len(traffic.sent)} 次回调（最慢 {traffic.slowest:.2f} 秒）、{traffic.pages} 个页面"
    words = f"{rounds} 轮，每个实例 {max(took):.1f} 秒内重新服务；期间{many}，失败 {len(traffic.failures)}"
    enough = len(traffic.sent) > 20 * rounds
    report.tell("逐个重启", fine=not traffic.failures and enough, words=words)
    for failure in traffic.failures[:10]:
        print(f"    {failure}", flush=True)  # noqa: T201 (likewise)
    _wait_for(lambda: _handled(site) >= len(traffic.sent))
    with site.database.reading() as session:
        came = InboundMessage.openid.startswith("oDrillTraffic")
        stored = session.scalar(select(func.count()).where(came)) or 0
    words = f"收下 {stored} 条，发出 {len(traffic.sent)} 条"
    report.tell("消息不重不漏", fine=stored == len(set(traffic.sent)), words=words)


def _handled(site: Site) -> int:
    with site.database.reading() as session:
        handled = (
            InboundMessage.state == InboundState.HANDLED,
            InboundMessage.openid.startswith("oDrillTraffic"),
        )
        return session.scalar(select(func.count()).select_from(InboundMessage).where(*handled)) or 0


def try_stopping(site: Site, report: Report) -> None:
    """A callback that is half-way in when SIGTERM comes is answered, and nobody new is let in."""
    port = site.scratch.ports[PORTS[0]]
    sender = Sender(site.settings, datetime.now(UTC))
    query, body = sender.sealed(xml_of(sender.packet(MsgId=8_000_000_000_000_001, Content="进度")))
    address = "&".join(f"{name}={value}" for name, value in query.items())
    lines = (f"POST /wechat?{address} HTTP/1.1", f"Host: {HOST}", f"Content-Length: {len(body)}")
    head = "".join(f"{line}\r\n" for line in (*lines, "Connection: close", ""))
    with socket.create_connection(("127.0.0.1", port), timeout=20) as caller:
        caller.sendall(head.encode() + body[: len(body) // 2])
        time.sleep(0.3)
        took: list[float] = []
        stopping = threading.Thread(target=lambda: took.append(site.webs[0].stop()))
        stopping.start()
        time.sleep(1.5)
        refused = _is_refused(port)
        caller.sendall(body[len(body) // 2 :])
        answer = caller.makefile("rb").readline().decode()
        stopping.join()
    site.webs[0].start()
    fine = " 200 " in answer and refused and took[0] < STOPS_WITHIN
    then = "不再接" if refused else "还在接"
    words = f"做到一半的回调得到 {answer.strip() or '没有回答'}，新的{then}，{took[0]:.1f} 秒停下"
    report.tell("网页收到 SIGTERM", fine=fine, words=words)


def _is_refused(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2):
            return False
    except OSError:
        return True


def try_stopping_worker(site: Site, report: Report) -> None:
    """The worker ends in time, says so, and leaves nothing claimed behind."""
    took = site.worker.stop()
    with site.database.reading() as session:
        claimed = select(func.count()).select_from(Notice).where(Notice.state == NoticeState.SENDING)
        held = session.scalar(claimed) or 0
        seen = running_state.workers(session)
    site.worker.start()
    fine = took < STOPS_WITHIN and not held and not seen
    words = f"{took:.1f} 秒停下，拿在手里没放下的通知 {held} 条，还挂着名的进程 {len(seen)} 个"
    report.tell("后台任务收到 SIGTERM", fine=fine, words=words)


def try_backup(site: Site, report: Report) -> None:
    """The unit of the nightly backup makes one, and leaves its trace."""
    done = Unit(site.scratch, "banshishi-backup.service").run()
    made = list((site.scratch.folder / "backups").glob("banshishi-*.tar"))
    with site.database.reading() as session:
        traced = running_state.last_backup(session) is not None
    fine = done.returncode == 0 and len(made) == 1 and traced
    words = f"{done.stdout.strip().splitlines()[-1] if done.stdout else done.stderr[-200:]}"
    report.tell("夜里的备份", fine=fine, words=words)


def _wait_for(condition: Callable[[], bool], *, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not condition():
        time.sleep(0.2)


def main() -> int:
    """Run the drill; give the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.drills.deployment", description=__doc__)
    parser.add_argument("--short", action="store_true", help="one round of restarts instead of three")
    short = parser.parse_args().short
    if not Nginx.is_installed():
        sys.stderr.write(f"{HOW_TO_INSTALL}\n")
        return 1
    # Also who is told to end early takes down what was started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    report = Report()
    with postgresql.let_go, running_site() as site:
        problems = site.nginx.problems()
        report.tell("nginx -t", fine=not problems, words=problems or "配置没有问题")
        _wait_for(lambda: site.visitor().get(f"{site.url}/readyz", timeout=5).ok)
        _wait_for(lambda: _leads(site))
        for step in (try_pages, try_board, try_upload, try_address, try_stopping, try_stopping_worker):
            step(site, report)
        try_rolling_restart(site, report, rounds=SHORT_ROUNDS if short else ROUNDS)
        try_backup(site, report)
    print(f"{'全部正常' if not report.failures else '有问题：' + '、'.join(report.failures)}", flush=True)  # noqa: T201
    return 1 if report.failures else 0


def _leads(site: Site) -> bool:
    with site.database.reading() as session:
        return any(worker.leads for worker in running_state.workers(session))


if __name__ == "__main__":
    sys.exit(main())
