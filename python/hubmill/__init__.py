"""hubmill prepares machine-learning data sets.  The work is done by the binary in this package."""
import os
import pathlib
import sys

BINARY = pathlib.Path(__file__).parent / "bin" / "hubmill"


def main() -> None:
    """The console script: becomes the binary, which finds Arrow's libraries in pyarrow beside it."""
    os.execv(BINARY, ["hubmill", *sys.argv[1:]])
