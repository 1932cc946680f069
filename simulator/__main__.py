"""`python -m simulator`: the platform as a process of its own."""

import argparse
import logging
import os
import signal
import sys
from pathlib import Path

from simulator.config import MODES, SimulatorConfig
from simulator.server import RunningSimulator
from simulator.storage import StorageError


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; return the exit status."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(
        stream=sys.stdout,
        level=logging.WARNING if options.quiet else logging.INFO,
        format="%(asctime)s %(message)s",
        datefmt="%H:%M:%S",
    )
    try:
        running = RunningSimulator(_config(options), host=options.host, port=options.port)
    except (ValueError, StorageError) as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(f"cannot listen on {options.host}:{options.port}: {os.strerror(error.errno or 0)}")
    # A pipe, and no event: a signal may come while the lock of one is held.
    ended, end = os.pipe()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os.write(end, b"."))
    running.start()
    target = running.simulator.settings.callback_url
    sys.stdout.write(f"微信平台模拟器：{running.base_url}/  回调地址：{target}\n")
    sys.stdout.flush()
    os.read(ended, 1)
    running.stop()
    return 0


def _fail(sentence: str) -> int:
    sys.stderr.write(f"simulator: {sentence}\n")
    return 1


def _parser() -> argparse.ArgumentParser:
    plain = SimulatorConfig()
    parser = argparse.ArgumentParser(
        prog="python -m simulator", description="A pretend WeChat platform for demos and tests."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    parser.add_argument("--port", type=int, default=9900, help="port to listen on (default %(default)s)")
    parser.add_argument("--quiet", action="store_true", help="no line for each call")
    parser.add_argument("--state", type=Path, help="file that keeps everything over a restart")
    parser.add_argument(
        "--mode", choices=MODES, default=plain.mode, help="消息加解密方式 (default %(default)s)"
    )
    texts = {
        "callback_url": "where the app receives messages",
        "app_base_url": "the app's pages (allowed for web OAuth)",
        "sign_in_url": "where the app asks anew who is reading; the page comes behind it",
        "app_id": "AppID",
        "app_secret": "AppSecret",
        "original_id": "原始ID of the account",
        "token": "Token of the callback",
        "aes_key": "EncodingAESKey, 43 letters or digits",
        "aes_key_prev": "the EncodingAESKey before the last change",
    }
    for name, help_text in texts.items():
        flag = "--" + name.replace("_", "-")
        parser.add_argument(flag, default=getattr(plain, name), help=f"{help_text} (default %(default)s)")
    parser.add_argument("--seed", type=int, default=plain.seed, help="decides the users' openids")
    parser.add_argument(
        "--retries", type=int, default=plain.retries, help="re-sends of a failed packet (default %(default)s)"
    )
    parser.add_argument(
        "--callback-timeout", type=float, default=plain.callback_timeout, help="seconds (default %(default)s)"
    )
    parser.add_argument("--start-following", action="store_true", help="the first users already follow")
    return parser


def _config(options: argparse.Namespace) -> SimulatorConfig:
    return SimulatorConfig(
        app_id=options.app_id,
        app_secret=options.app_secret,
        token=options.token,
        aes_key=options.aes_key,
        aes_key_prev=options.aes_key_prev,
        mode=options.mode,
        original_id=options.original_id,
        callback_url=options.callback_url,
        app_base_url=options.app_base_url,
        sign_in_url=options.sign_in_url,
        state_file=options.state,
        seed=options.seed,
        retries=options.retries,
        callback_timeout=options.callback_timeout,
        start_following=options.start_following,
    )


if __name__ == "__main__":
    sys.exit(main())
