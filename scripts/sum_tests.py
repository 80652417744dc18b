#!/usr/bin/env python3
"""Adds up the JUnit files and steps.txt of a reports folder: "N passed, N failed, N skipped"."""
import pathlib
import sys
import xml.etree.ElementTree as ElementTree


def main(folder: pathlib.Path) -> int:
    passed = failed = skipped = 0
    for file in sorted(folder.glob("*.xml")):
        for case in ElementTree.parse(file).iter("testcase"):
            if case.find("failure") is not None or case.find("error") is not None:
                failed += 1
                print(f"failed: {case.get('classname')} {case.get('name')}")
            elif case.find("skipped") is not None or case.get("status") in ("notrun", "disabled"):
                skipped += 1
            else:
                passed += 1
    steps = folder / "steps.txt"
    for line in steps.read_text().splitlines() if steps.exists() else []:
        result, name = line.split(" ", 1)
        passed += result == "passed"
        failed += result == "failed"
        if result == "failed":
            print(f"failed: step {name}")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 0 if passed and not failed else 1


sys.exit(main(pathlib.Path(sys.argv[1])))
