// Harmony on one core.  The turns are made up in the shape of gpt-oss's own (some twenty messages
// of 150 bytes each, most of them calls); HUBMILL_HARMONY_TURNS names a JSONL file with a field
// `text` to use instead, for example the real ones:
//   zstdcat ../shared/data/06_harmony/gpt-oss_llamacpp_raw_turns.jsonl.zst >turns.jsonl
// Each benchmark checks its answer before it times.  Bytes per second count the text.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/hash.h"
#include "base/json_value.h"
#include "text/harmony.h"
#include "text/harmony_quality.h"

namespace hubmill {
namespace {

constexpr HarmonyParseOptions kOfficial = {.blank_between = true, .lenient = true};
constexpr HarmonyParseOptions kSource = {.form = HarmonyForm::kSource};

std::string MadeUpTurn(int number) {
  std::string text =
      "<|start|>system<|message|>You are a helper.\n\nReasoning: medium\n\n# Valid channels: "
      "analysis, commentary, final. Channel must be included for every message.<|end|>"
      "<|start|>user<|message|>Get the weather for the following cities and tabulate it.<|end|>";
  for (int i = 0; i < 4 + number % 9; ++i) {
    text += "<|start|>assistant<|channel|>analysis<|message|>City " + std::to_string(i) +
            " comes next; 3 < 4, so call the function for it as well.<|end|>"
            "<|start|>assistant to=functions.get_weather<|channel|>commentary <|constrain|>json"
            "<|message|>{\"city\": \"City " +
            std::to_string(i) +
            "\"}<|call|><|start|>functions.get_weather to=assistant<|channel|>commentary"
            "<|message|>\"51F\"<|end|>";
  }
  return text +
         "<|start|>assistant<|channel|>final<|message|>| City | Weather |\n|---|---|\n"
         "| City 1 | 51F |<|return|>";
}

std::vector<std::string> ReadTurns(const char* path) {
  std::ifstream file(path);
  std::vector<std::string> turns;
  for (std::string line; std::getline(file, line);) {
    JsonValue row;
    HUBMILL_CHECK(!ParseJsonValue(line, &row) && row.Find("text") != nullptr, "rows with a text");
    turns.push_back(row.Find("text")->text);
  }
  HUBMILL_CHECK(!turns.empty(), "the file of turns could not be read");
  return turns;
}

const std::vector<std::string>& Turns() {
  static const auto* turns = [] {
    auto* made = new std::vector<std::string>;
    if (const char* path = std::getenv("HUBMILL_HARMONY_TURNS")) {
      *made = ReadTurns(path);
    } else {
      for (int i = 0; i < 3000; ++i) made->push_back(MadeUpTurn(i));
    }
    return made;
  }();
  return *turns;
}

int64_t Bytes() {
  int64_t bytes = 0;
  for (const std::string& turn : Turns()) bytes += static_cast<int64_t>(turn.size());
  return bytes;
}

void Parse(benchmark::State& state, const HarmonyParseOptions& options) {
  std::vector<HarmonyMessage> messages;
  size_t faults = 0;
  for (const std::string& turn : Turns()) faults += ParseHarmony(turn, options, &messages) ? 1 : 0;
  HUBMILL_CHECK(faults * 100 < Turns().size(), "a wrong answer");
  for (auto _ : state) {
    for (const std::string& turn : Turns()) {
      benchmark::DoNotOptimize(ParseHarmony(turn, options, &messages));
    }
  }
  state.SetBytesProcessed(state.iterations() * Bytes());
}
BENCHMARK_CAPTURE(Parse, official, kOfficial);
BENCHMARK_CAPTURE(Parse, source, kSource);

void Render(benchmark::State& state, HarmonyForm form, HarmonyMarkup markup) {
  const HarmonyRenderOptions options = {.form = form, .markup = markup};
  std::vector<std::vector<HarmonyMessage>> parsed(Turns().size());
  std::string text;
  int64_t bytes = 0;
  for (size_t i = 0; i < parsed.size(); ++i) {
    const auto fault =
        ParseHarmony(Turns()[i], form == HarmonyForm::kSource ? kSource : kOfficial, &parsed[i]);
    if (fault || RenderHarmony(parsed[i], options, &text)) parsed[i].clear();
    if (parsed[i].empty()) continue;
    bytes += static_cast<int64_t>(text.size());
    HUBMILL_CHECK(text.starts_with("<|start|>"), "a wrong answer");
  }
  HUBMILL_CHECK(bytes * 10 > Bytes() * 9, "most turns are rendered");
  for (auto _ : state) {
    for (const auto& messages : parsed) {
      benchmark::DoNotOptimize(RenderHarmony(messages, options, &text));
    }
  }
  state.SetBytesProcessed(state.iterations() * bytes);
}
BENCHMARK_CAPTURE(Render, official_refuse, HarmonyForm::kOfficial, HarmonyMarkup::kRefuse);
BENCHMARK_CAPTURE(Render, official_escape, HarmonyForm::kOfficial, HarmonyMarkup::kEscape);
BENCHMARK_CAPTURE(Render, official_verbatim, HarmonyForm::kOfficial, HarmonyMarkup::kVerbatim);
BENCHMARK_CAPTURE(Render, source_refuse, HarmonyForm::kSource, HarmonyMarkup::kRefuse);

void Flags(benchmark::State& state) {
  HUBMILL_CHECK(FlagHarmony(Turns().front()).valid_harmony, "a wrong answer");
  for (auto _ : state) {
    for (const std::string& turn : Turns()) benchmark::DoNotOptimize(FlagHarmony(turn));
  }
  state.SetBytesProcessed(state.iterations() * Bytes());
}
BENCHMARK(Flags);

void Id(benchmark::State& state) {
  HUBMILL_CHECK(Sha1Hex("abc") == "a9993e364706816aba3e25717850c26c9cd0d89d", "a wrong answer");
  for (auto _ : state) {
    for (const std::string& turn : Turns()) benchmark::DoNotOptimize(Sha1Hex(turn));
  }
  state.SetBytesProcessed(state.iterations() * Bytes());
}
BENCHMARK(Id);

void MemcpyFloor(benchmark::State& state) {
  std::string out(1 << 20, ' ');
  for (auto _ : state) {
    for (const std::string& turn : Turns()) {
      std::memcpy(out.data(), turn.data(), turn.size());
      benchmark::ClobberMemory();
    }
  }
  state.SetBytesProcessed(state.iterations() * Bytes());
}
BENCHMARK(MemcpyFloor);

}  // namespace
}  // namespace hubmill

BENCHMARK_MAIN();
