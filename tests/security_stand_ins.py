"""Tools that say what a test wants them to say, with the command lines of the real ones."""
import json
import textwrap
from pathlib import Path


def program(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(textwrap.dedent(text).lstrip())
    path.chmod(0o755)
    return path


def quiet_tools(folder: Path) -> dict:
    """The environment in which all four tools are there, in the pinned versions, and find nothing; Semgrep
    crashes on a file that holds CRASH."""
    semgrep = """
        #!/bin/sh
        if [ "$1" = --version ]; then echo 1.141.1; exit 0; fi
        grep -rq CRASH f && kill -SEGV $$
        printf '{"results":[],"errors":[],"paths":{"scanned":['
        sep=; for p in f/*/*; do printf '%s"%s"' "$sep" "$p"; sep=,; done
        printf ']}}'
        """
    opa = """
        #!/bin/sh
        if [ "$1" = version ]; then echo "Version: 1.9.0"; exit 0; fi
        echo '{"result":[{"expressions":[{"value":[[],[]]}]}]}'
        """
    checkov = r"""
        #!/bin/sh
        if [ "$1" = --version ]; then echo 3.3.30; exit 0; fi
        case "$*" in *terraform*) echo '{"passed":0,"failed":0,"parsing_errors":0}'; exit 0 ;; esac
        awk 'BEGIN { printf "{\"summary\":{\"failed\":0,\"parsing_errors\":0},\"results\":{\"failed_checks\":[],\"passed_checks\":[" }
             { while (match($0, /kind"?: *"?[A-Z][A-Za-z]*/)) {
                 kind = substr($0, RSTART, RLENGTH); sub(/.*[" :]/, "", kind); $0 = substr($0, RSTART + RLENGTH)
                 printf "%s{\"file_abs_path\":\"%s\",\"resource\":\"%s.default.%d\"}", sep, FILENAME, kind, ++count; sep = "," } }
             END { print "]}}" }' f/*/f.yaml
        """
    kube_linter = """
        #!/bin/sh
        if [ "$1" = version ]; then echo 0.7.6; exit 0; fi
        echo "Warning: no valid objects found." >&2
        """
    return {"SEMGREP": str(program(folder, "semgrep", semgrep)),
            "OPA": str(program(folder, "opa", opa)),
            "CHECKOV": str(program(folder, "checkov", checkov)),
            "KUBELINTER": str(program(folder, "kube-linter", kube_linter))}


ORIGINALS = """
    #!/usr/bin/env python3
    import json, sys
    name, call = {name!r}, sys.argv[1:]
    with open({log!r}, "a") as log:
        log.write(" ".join([name, *call]) + "\\n")
    if call in (["version"], ["--version"]):
        print({version!r})
        sys.exit(0)
    """


def original_tools(folder: Path, log: Path) -> dict:
    """The three tools as they answered when golden/security/build_e2 was made."""
    def head(name, version):
        return textwrap.dedent(ORIGINALS).lstrip().format(name=name, log=str(log), version=version)

    report = {"Check": "latest-tag", "Remediation": "Use a specific tag.",
              "Diagnostic": {"Message": "an invalid image"},
              "Object": {"K8sObject": {"Namespace": "", "Name": "demo"}}}
    kube_linter = head("kube-linter", "0.7.6") + textwrap.dedent(f"""
        path = call[1]
        if "comment" in path:
            sys.exit("Error: no valid objects found.")
        if "two-docs" in path:
            print(json.dumps({{"Checks": [], "Reports": None}}))
            sys.exit(0)
        fixed = "tag: fixed" in open(path).read()
        print(json.dumps({{"Checks": [], "Reports": [] if fixed else [{report!r}]}}))
        sys.exit(1)
        """)
    result = {"check_id": "terraform.aws.s3.public", "start": {"line": 1},
              "extra": {"severity": "WARNING", "message": "public \u2192 bucket"}}
    semgrep = head("semgrep", "A new version is available\n\n1.137.0") + textwrap.dedent(f"""
        path = call[-1]
        if path.endswith("crlf.tf"):
            sys.exit(2)
        found = [dict({result!r}, path=path)] if path.endswith("main.tf") else []
        print(json.dumps({{"results": found, "errors": []}}))
        sys.exit(len(found))
        """)
    opa = head("opa", "Version: 1.8.0\nBuild Commit: x\n") + 'sys.exit("Error: specify at most one query")\n'
    return {"KUBELINTER": str(program(folder, "kl.py", kube_linter)),
            "SEMGREP": str(program(folder, "sg.py", semgrep)),
            "OPA": str(program(folder, "opa.py", opa))}


def read_jsonl(path: Path) -> list:
    return [json.loads(line) for line in path.read_text().splitlines()]
