"""Starting things that run until they are told to stop."""

import multiprocessing
import sys
from importlib import import_module

import click

from commands.with_settings import with_settings
from config.settings import Settings

# All the code of the web; the application names its pages late.
WEB = ("web.application", "web.admin", "web.h5", "web.callback")


@click.command(help="准备并启动一整套演示：网页、后台任务和微信模拟器。")
@click.option("--port", default=8000, show_default=True, help="网页端口；模拟器用下一个端口。")
def demo(port: int) -> None:
    """Run the demo until Ctrl-C."""
    from demo.supervisor import run_demo

    sys.exit(run_demo(port))


@click.command(help="启动网页服务。")
@click.option("--host", default="127.0.0.1", show_default=True, help="监听地址。")
@click.option("--port", default=8000, show_default=True, help="监听端口。")
@click.option("--processes", default=2, show_default=True, help="进程数，一般等于处理器核数。")
@with_settings
def serve(settings: Settings, host: str, port: int, processes: int) -> None:
    """Serve pages and the callback."""
    from commands.loading import loading

    with loading():
        from commands.starting import refuse_unless_ready
        from web.server import serve_web

        refuse_unless_ready(settings)
        # Processes that are forked start with it at once; where they are not, each has to load it for itself.
        for module in WEB if multiprocessing.get_start_method() == "fork" else ():
            import_module(module)
    sys.exit(serve_web(settings, host=host, port=port, processes=processes))


@click.command(help="启动后台任务：发通知、到期提醒、下载照片。可在多台机器上同时运行。")
@with_settings
def worker(settings: Settings) -> None:
    """Run the worker until it is told to stop."""
    from commands.loading import loading

    with loading():
        from commands.starting import refuse_unless_ready
        from commands.with_settings import begin_process
        from jobs.worker import run_worker

        refuse_unless_ready(settings)
    begin_process(settings, "worker")
    run_worker(settings)
