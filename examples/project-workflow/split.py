"""Split a table into what is learnt from and what is tested with."""

import random
import sys
from pathlib import Path

try:
    import runyard as mlflow
except ImportError:
    import mlflow


def main() -> None:
    lines, part = Path(sys.argv[1]).read_text().splitlines(), float(sys.argv[2])
    random.Random(0).shuffle(lines)
    count = int(len(lines) * part)
    with mlflow.start_run():
        mlflow.log_text("\n".join(lines[count:]), "parts/train.csv")
        mlflow.log_text("\n".join(lines[:count]), "parts/test.csv")
        mlflow.log_metric("test_rows", count)


if __name__ == "__main__":
    main()
