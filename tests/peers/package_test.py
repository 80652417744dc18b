"""The wheel in a new environment: pip install it, run `hubmill`."""
import os
import subprocess
import sys

import pytest
from conftest import ROOT

WHEELS = sorted((ROOT / "dist").glob("hubmill-*.whl"))


@pytest.mark.skipif(not WHEELS, reason="needs dist/hubmill-*.whl; remedy: make package")
@pytest.mark.timeout(600)
def test_the_wheel_runs_in_a_new_environment(tmp_path):
    environment = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    subprocess.run([environment / "bin/pip", "install", "-q", "--disable-pip-version-check",
                    WHEELS[-1]], check=True)
    kept = {"PATH": f"{environment}/bin:{os.environ['PATH']}", "HOME": str(tmp_path)}

    def hubmill(*arguments):
        return subprocess.run([environment / "bin/hubmill", *arguments], cwd=tmp_path, env=kept,
                              capture_output=True, text=True, check=True)

    # Every library is in the wheel, in pyarrow, or on any machine that has Python and pyarrow.
    everywhere = ("linux-vdso", "/lib64/ld-linux", "libc.so", "libm.so", "libstdc++.so", "libgcc_s.so",
                  "libpthread.so", "libdl.so", "librt.so")
    binary = next(environment.glob("lib/python*/site-packages/hubmill/bin/hubmill"))
    listed = subprocess.run(["ldd", binary], capture_output=True, text=True, check=True).stdout
    for name, _, place in (line.strip().partition(" => ") for line in listed.splitlines()):
        assert name.startswith(everywhere) or place.startswith(str(environment)), (name, place)

    assert hubmill("--version").stdout.startswith("hubmill ")
    hubmill("run", "sample", "--set", f"data={ROOT / 'samples'}", "--out", "out")
    assert (tmp_path / "out/manifest.json").exists()
    done = subprocess.run([environment / "bin/python", "-m", "hubmill", "nonsense"], check=False)
    assert done.returncode == 2
