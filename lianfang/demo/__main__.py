"""The command ``python -m lianfang.demo``: writes the demonstration city."""

from __future__ import annotations

import argparse
from pathlib import Path

from lianfang.demo.data import build


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m lianfang.demo", description="写出示例市的数据和已知答案")
    parser.add_argument("--seed", type=int, default=7, help="同一个种子写出同样的字节")
    parser.add_argument("--out", type=Path, default=Path("out/demo"), help="写到哪个文件夹")
    options = parser.parse_args()
    story = build(options.out, options.seed)
    rows = sum(len(table) for table in story.tables.values())
    known = f"埋设 {len(story.planted)} 件,相似而合规 {len(story.innocent)} 件"
    print(f"{options.out}/data:{len(story.tables)} 张表,{rows} 行;{known}")


if __name__ == "__main__":
    main()
