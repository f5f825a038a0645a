"""The command ``python -m lianfang.demo``: writes the demonstration city."""

from __future__ import annotations

import argparse
from pathlib import Path

from lianfang.demo.data import build
from lianfang.demo.ordinary.year import SIZES


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m lianfang.demo", description="写出示例城市的数据和已知答案")
    parser.add_argument("--seed", type=int, default=7, help="同一个种子写出同样的字节")
    parser.add_argument("--size", choices=list(SIZES), default="tiny", help="多大:一座小城、约十倍、约百倍")
    parser.add_argument("--out", type=Path, default=Path("out/demo"), help="写到哪个文件夹")
    options = parser.parse_args()
    story, counts = build(options.out, options.seed, options.size)
    known = f"埋设 {len(story.planted)} 件,相似而合规 {len(story.innocent)} 件"
    schemes = f"手法 {len(story.schemes)} 件,相似而合规 {len(story.lookalikes)} 件"
    print(f"{options.out}/data:{len(counts)} 张表,{sum(counts.values()):,} 行;{known};{schemes}")


if __name__ == "__main__":
    main()
