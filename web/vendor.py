"""Copies the few files our pages use from node_modules into web/static/vendor: `python -m web.vendor`."""

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
TARGET = ROOT / "web" / "static" / "vendor"

FILES = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.min.css",
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "echarts/dist/echarts.min.js": "echarts.min.js",
    "jweixin-module/lib/index.js": "jweixin.js",
    "@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf": "fonts/NotoSansSC-Regular.ttf",
    "@expo-google-fonts/noto-sans-sc/700Bold/NotoSansSC_700Bold.ttf": "fonts/NotoSansSC-Bold.ttf",
}
# A name from Tabler's outline icons goes in there before `icon("name")` shows anything.
ICONS = tuple(Path(__file__).with_name("icons.txt").read_text(encoding="utf-8").split())


def copy_files() -> None:
    """Copy all files anew.

    Raises:
        FileNotFoundError: node_modules lacks one of them.
    """
    shutil.rmtree(TARGET, ignore_errors=True)
    for folder in ("icons", "fonts"):
        (TARGET / folder).mkdir(parents=True)
    for source, name in FILES.items():
        shutil.copyfile(MODULES / source, TARGET / name)
    for name in ICONS:
        shutil.copyfile(
            MODULES / "@tabler" / "icons" / "icons" / "outline" / f"{name}.svg",
            TARGET / "icons" / f"{name}.svg",
        )


def missing_files() -> list[str]:
    """Name the files that pages ask for and that have not been copied."""
    wanted = [*FILES.values(), *(f"icons/{name}.svg" for name in ICONS)]
    return [name for name in wanted if not (TARGET / name).is_file()]


def main() -> int:
    """Copy, and say in one line what is wrong if it cannot be done; give the exit code."""
    if not MODULES.is_dir():
        sys.stderr.write("找不到 node_modules：请先在项目目录运行 npm ci，再运行本命令。\n")
        return 1
    try:
        copy_files()
    except FileNotFoundError as error:
        sys.stderr.write(f"node_modules 里缺少 {error.filename}：请重新运行 npm ci。\n")
        return 1
    sys.stdout.write(f"已复制 {len(FILES) + len(ICONS)} 个文件到 web/static/vendor\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
