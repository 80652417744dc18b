#!/usr/bin/env python3
"""peer_normalize.py IN.jsonl OUT.parquet CODEC : a Math-v2 file to Harmony rows, step by step as the source system does it.

Written from the behaviour that docs/recipes/llm.md lists under --compat, not from anybody's code: json.loads a line, build the
messages, render, SHA-1, parse the text again for the flags, take the best of the settings, write 8,192 rows at a time.
"""
import hashlib, json, re, sys
import pyarrow as pa, pyarrow.parquet as pq

SYSTEM = ("You are ChatGPT, a large language model trained by OpenAI.\nKnowledge cutoff: 2024-06\n\nReasoning: unknown\n\n"
          "# Valid channels: analysis, commentary, final. Channel must be included for every message.")
DEVELOPER = ("# Instructions\n\nWork the problem out and give its one answer in \\boxed{}. Where you cannot derive it, say so.")
PYTHON = {"stateful_python_code_exec", "python_code_exec", "python"}
STRINGS = ["id", "dataset", "split", "text", "loss_mode", "meta_domain", "meta_difficulty_bin", "source_uuid", "source_license",
           "source_data_source", "source_capability_target", "source_reasoning", "source_tools_id", "meta_eval_best_setting"]
BOOLS = ["quality_valid_harmony", "quality_completion_nonempty", "quality_has_tool", "quality_valid_tool_schema",
         "source_changed_answer_to_majority"]
INTS = ["stats_char_len", "source_tools_count", "meta_pass_k", "meta_correct_count"]
REALS = ["meta_correctness", "meta_correctness_low", "meta_correctness_medium", "meta_correctness_high",
         "meta_correctness_high_with_tool", "meta_correctness_high_no_tool"]
SCHEMA = pa.schema([(n, pa.string()) for n in STRINGS] + [(n, pa.bool_()) for n in BOOLS] + [(n, pa.int64()) for n in INTS] +
                   [(n, pa.float64()) for n in REALS] + [("source_used_in", pa.list_(pa.string()))])
ENDS = ("<|end|>", "<|call|>", "<|return|>")


def text_of(value):
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, sort_keys=True, ensure_ascii=False)


def conversation(record):
    yield "system", None, SYSTEM, None
    yield "developer", None, DEVELOPER, None
    for message in record["messages"]:
        role = message.get("role")
        if not isinstance(role, str) or not role:
            continue
        if role == "assistant":
            reasoning = message.get("reasoning_content")
            if isinstance(reasoning, str) and reasoning.strip():
                yield "assistant", "analysis", reasoning, None
            calls = message.get("tool_calls")
            if isinstance(calls, list) and calls:
                for call in calls:
                    function = call.get("function") or {}
                    arguments = function.get("arguments")
                    if not isinstance(arguments, str) or not arguments.strip():
                        continue
                    try:
                        parsed = json.loads(arguments)
                        body = parsed["code"] if isinstance(parsed, dict) and isinstance(parsed.get("code"), str) else text_of(parsed)
                    except ValueError:
                        body = arguments
                    name = function.get("name")
                    if body:
                        to = "python" if name in PYTHON else name
                        yield f"assistant to={to}" if to else "assistant", "analysis", body, "<|call|>"
            elif isinstance(message.get("content"), str) and message["content"].strip():
                yield "assistant", "final", message["content"], None
        elif role == "tool":
            name = message.get("name")
            yield name.strip() if isinstance(name, str) and name.strip() else "tool", "commentary", text_of(message.get("content")), None
        else:
            yield role, None, text_of(message.get("content")), None


def render(messages):
    parts = []
    for i, (role, channel, content, end) in enumerate(messages):
        head = f"<|start|>{role}<|channel|>{channel}<|message|>" if channel else f"<|start|>{role}<|message|>"
        parts.append(head + content + (end or ("<|return|>" if i + 1 == len(messages) else "<|end|>")))
    return "".join(parts)


def parse(text):
    messages, at = [], 0
    while (start := text.find("<|start|>", at)) >= 0:
        body = text.find("<|message|>", start)
        if body < 0:
            raise ValueError("missing message")
        header = text[start + 9:body]
        role, tag, channel = header.partition("<|channel|>")
        ends = [(place, end) for end in ENDS if (place := text.find(end, body + 11)) >= 0]
        if not ends:
            raise ValueError("missing end")
        place, end = min(ends)
        messages.append((role, channel if tag else None, text[body + 11:place]))
        at = place + len(end)
    return messages


def flags(text):
    try:
        messages = parse(text)
    except ValueError:
        return False, False, False, False
    is_assistant = lambda role: role == "assistant" or role.startswith("assistant ")
    outputs = [m for m in messages if m[0] not in ("system", "developer", "user") and not m[0].startswith("assistant")]
    last = next((m for m in reversed(messages) if is_assistant(m[0]) and m[1] in ("final", None)), None)
    valid = True
    for _, _, content in outputs:
        stripped = content.strip()
        if stripped[:1] in ("{", "["):
            try:
                json.loads(stripped)
            except ValueError:
                valid = False
    return True, last is not None and len(last[2].strip()) >= 32, "<|call|>" in text or bool(outputs), valid


def correctness(evaluation, row):
    usable = [(name, float(entry["accuracy"]), entry.get("count"), entry.get("pass")) for name, entry in evaluation.items()
              if isinstance(entry, dict) and "accuracy" in entry]
    if not usable:
        return
    best = max(usable, key=lambda entry: entry[1])
    row.update(meta_correctness=best[1], meta_eval_best_setting=best[0], meta_pass_k=int(best[2]), meta_correct_count=int(best[3]))
    for column in REALS[1:]:
        prefix = "reason_" + column[len("meta_correctness_"):]
        row[column] = max((entry[1] for entry in usable if entry[0].startswith(prefix)), default=None)


def main():
    source, target, codec = sys.argv[1:4]
    split = re.sub(r"\.jsonl$", "", source.rsplit("/", 1)[-1])
    writer = pq.ParquetWriter(target, SCHEMA, compression=codec, version="2.6")
    catalog, rows = {}, []
    with open(source, "rb") as lines:
        for line in lines:
            record = json.loads(line)
            text = render(list(conversation(record)))
            row = dict.fromkeys(SCHEMA.names)
            row.update(id=hashlib.sha1(text.encode()).hexdigest(), dataset="nvidia/Nemotron-Math-v2", split=split, text=text,
                       loss_mode="assistant_all", meta_domain="math", stats_char_len=len(text), source_uuid=record.get("uuid"),
                       source_license=record.get("license"), source_used_in=record.get("used_in"),
                       source_data_source=record.get("data_source"),
                       source_changed_answer_to_majority=record.get("changed_answer_to_majority"))
            row.update(zip(BOOLS[:4], flags(text)))
            correctness(record["metadata"], row)
            tools = record.get("tools")
            if isinstance(tools, (list, dict)):
                canonical = json.dumps(tools, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
                row.update(source_tools_id=hashlib.sha1(canonical.encode()).hexdigest(), source_tools_count=len(tools))
                catalog.setdefault(row["source_tools_id"], tools)
            rows.append(row)
            if len(rows) == 8192:
                writer.write_table(pa.Table.from_pylist(rows, SCHEMA))
                rows.clear()
    if rows:
        writer.write_table(pa.Table.from_pylist(rows, SCHEMA))
    writer.close()


if __name__ == "__main__":
    main()
