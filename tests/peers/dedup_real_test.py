"""Near duplicates of real text, each of 200 drawn pairs judged by its exact Jaccard index in Python."""
import json
import random

import pytest

from conftest import SHARED
from dedup_judge import jaccard, judge, words_of

CORPUS = SHARED / "data/07_dedup/corpus.jsonl.zst"
real = pytest.mark.skipif(not CORPUS.exists(), reason="no ../shared/data/07_dedup")


def test_the_judge_itself():
    assert words_of("It's (Straße), x_9!\u00a0自然。e\u0301") == ["it", "s", "straße", "x_9", "自", "然", "e\u0301"]
    assert jaccard("a b c d e f", "A, b c d e F!") == 1 and jaccard("a b c d e f", "a b c d e g") == 1 / 3
    assert jaccard("one", "one") == 1 and jaccard("one", "two words") == 0


@real
def test_rows_that_went_are_as_alike_as_was_asked(hubmill):
    """With --verify every drawn pair is, and `exact` is what Python computes."""
    done = hubmill("dedup", CORPUS, "--out", "out.jsonl", "--method", "near", "--verify", "--threshold", 0.7, "--bands", 14, "--rows", 8,
                   "--clusters", "why.parquet", "--json", timeout=250)
    found = judge(CORPUS, hubmill.cwd / "why.parquet", 200, random.Random(1))
    assert found["pairs"] == 200 == found["at 0.7"] and found["off exact"] < 1e-3, found
    assert found["of"] == json.loads(done.stdout)["datasets"][0]["stages"][-1]["dropped"]["near_duplicate"]


@real
def test_rows_that_went_unverified_are_mostly_alike(hubmill):
    """Without it chains and chance let some through; docs/performance.md says how many."""
    hubmill("dedup", CORPUS, "--out", "out.jsonl", "--method", "near", "--clusters", "why.parquet", timeout=250)
    found = judge(CORPUS, hubmill.cwd / "why.parquet", 200, random.Random(1))
    assert found["pairs"] == 200 and found["at 0.5"] >= 160 and found["off estimated"] < .25, found
