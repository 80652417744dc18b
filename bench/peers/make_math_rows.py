#!/usr/bin/env python3
"""make_math_rows.py OUT.jsonl ROWS [SEED] : synthetic Math-v2-shaped rows (about 6 KB a line on average; half of them with a Python tool call)."""
import json, random, sys
out, n, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 7
R = random.Random(seed)
W = ("let we have that the sum of all integers such suppose then hence therefore compute value equation root prime number triangle angle "
     "function limit series product modulo congruent factor polynomial degree coefficient matrix determinant vector probability expected "
     "count choose permutation sequence recurrence induction bound inequality maximum minimum integral derivative circle radius point line "
     "$x^2+y^2=z^2$ $\\frac{a}{b}$ \\(n\\ge 2\\) $\\sqrt{5}$ $$\\sum_{k=1}^{n} k$$ 2 3 5 7 11 13 100 1024 \u2264 \u221a \u03c0 \u2208 \u2260").split()
PY = [{"type": "function", "function": {"name": "stateful_python_code_exec", "description": "Run Python code in a persistent session.", "parameters": {"type": "object", "properties": {"code": {"type": "string", "description": "Code to run"}}, "required": ["code"]}}}]
def para(k):
    s = []
    while k > 0:
        m = min(k, R.randint(6, 22)); k -= m
        s.append(" ".join(R.choice(W) for _ in range(m)).capitalize() + ".")
        if R.random() < .2: s.append("\n\n")
    return " ".join(s)
SET = ["reason_low_with_tool", "reason_low_no_tool", "reason_medium_with_tool", "reason_medium_no_tool", "reason_high_with_tool", "reason_high_no_tool"]
tot = 0
with open(out, "w", encoding="utf-8") as f:
    for i in range(n):
        prob = para(R.randint(20, 90)); ans = str(R.randint(0, 9999)); tool = R.random() < .5
        msgs = [{"role": "user", "content": prob}]
        L = int(min(4000, max(60, R.lognormvariate(6.2, .7))))        # words of reasoning
        if tool:
            msgs += [{"role": "assistant", "content": "", "reasoning_content": para(L // 2), "tool_calls": [{"id": f"call_{i}", "type": "function", "function": {"name": "stateful_python_code_exec", "arguments": json.dumps({"code": "import math\nprint(" + "+".join(str(R.randint(1, 999)) for _ in range(R.randint(5, 60))) + ")\n"})}}]},
                     {"role": "tool", "name": "stateful_python_code_exec", "tool_call_id": f"call_{i}", "content": json.dumps({"process_status": "completed", "stdout": ans + "\n", "stderr": ""})},
                     {"role": "assistant", "reasoning_content": para(L - L // 2), "content": para(R.randint(40, 180)) + "\n\n\\boxed{" + ans + "}"}]
        else:
            msgs += [{"role": "assistant", "reasoning_content": para(L), "content": para(R.randint(40, 180)) + "\n\n\\boxed{" + ans + "}"}]
        md = {}
        for s in SET:
            if R.random() < .9:
                p = R.randint(0, 8); md[s] = {"count": 8, "pass": p, "accuracy": p / 8}
        row = {"uuid": "%08x-0000-4000-8000-%012x" % (R.getrandbits(32), i), "expected_answer": ans, "problem": prob, "original_expected_answer": ans, "changed_answer_to_majority": R.random() < .1,
               "data_source": R.choice(["aops", "stackflow"]), "messages": msgs, "used_in": ["nano_v3"], "metadata": md, "license": "cc-by-4.0", "tools": PY if tool else [], "url": None, "user_name": None, "user_url": None}
        s = json.dumps(row, ensure_ascii=False) + "\n"; f.write(s)
print("ok", n)
