// The text functions on one core, on made-up prose: clean, and with 30 % dirty documents (URLs,
// tags, odd spaces, an e-mail address or phone number now and then), as bench/peers/make_corpus.py
// makes it. Each benchmark checks its answer before it times.  Bytes per second count the input.
#include <benchmark/benchmark.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/json_text.h"
#include "text/clean.h"
#include "text/clean_reference.h"
#include "text/pii.h"

namespace hubmill {
namespace {

std::vector<std::string> Corpus(double dirty_share) {
  std::mt19937 rng(1);
  std::vector<std::string> words;
  for (int i = 0; i < 5000; ++i) {
    std::string word;
    for (int n = 2 + static_cast<int>(rng() % 9); n > 0; --n)
      word += "etaoinshrdlucmfwypvbgk"[rng() % 22];
    words.push_back(word);
  }
  const std::string dirt[] = {"<p> ",
                              "</p> ",
                              "<br/> ",
                              "<a href=\"https://example.com/x\"> ",
                              "&nbsp; ",
                              "https://www.example.com/a/b?id=77 ",
                              "http://news.example.org/2024/9.html ",
                              "mail user7@example.com or +1 415 555 1234  \t ",
                              "\u201cquoted\u201d \u2014 caf\u00e9 \u00a0 "};
  std::vector<std::string> docs;
  for (int d = 0; d < 4000; ++d) {
    const bool dirty = static_cast<double>(rng() % 1000) < dirty_share * 1000;
    std::string doc;
    for (int left = 100 + static_cast<int>(rng() % 800); left > 0;) {
      const int sentence = 6 + static_cast<int>(rng() % 19);
      for (int i = 0; i < sentence; ++i) doc += words[rng() % words.size()] + " ";
      doc.back() = '.';
      doc += rng() % 6 == 0 ? "\n\n" : " ";
      if (dirty && rng() % 5 < 2) doc += dirt[rng() % std::size(dirt)];
      left -= sentence;
    }
    docs.push_back(doc);
  }
  return docs;
}

const std::vector<std::string>& Docs(int64_t percent) {
  static const auto clean = Corpus(0);
  static const auto dirty = Corpus(0.3);
  return percent == 0 ? clean : dirty;
}

int64_t Bytes(const std::vector<std::string>& docs) {
  int64_t bytes = 0;
  for (const auto& doc : docs) bytes += static_cast<int64_t>(doc.size());
  return bytes;
}

void CleanV1(benchmark::State& state) {
  const auto& docs = Docs(state.range(0));
  const SimdLevel level = state.range(1) != 0 ? BestSimdLevel() : SimdLevel::kScalar;
  std::string out(1 << 20, ' ');
  for (size_t i = 0; i < 50; ++i) {
    const size_t size = CleanTextV1At(level, docs[i], out.data());
    HUBMILL_CHECK(out.substr(0, size) == CleanReference::Clean(docs[i]), "a wrong answer");
  }
  for (auto _ : state) {
    for (const auto& doc : docs) {
      benchmark::DoNotOptimize(CleanTextV1At(level, doc, out.data()));
    }
  }
  state.SetBytesProcessed(state.iterations() * Bytes(docs));
}
BENCHMARK(CleanV1)->ArgNames({"dirty", "simd"})->Args({0, 1})->Args({30, 1})->Args({30, 0});

void CleanV2(benchmark::State& state) {
  const auto& docs = Docs(30);
  std::string out;
  CleanTextV2("a <b>x</b>", &out);
  HUBMILL_CHECK(out == "a x", "a wrong answer");
  for (auto _ : state) {
    for (const auto& doc : docs) CleanTextV2(doc, &out);
  }
  state.SetBytesProcessed(state.iterations() * Bytes(docs));
}
BENCHMARK(CleanV2);

void Pii(benchmark::State& state) {
  const auto& docs = Docs(state.range(0));
  std::vector<PiiHit> hits;
  std::string masked;
  size_t count = 0;
  for (const auto& doc : docs) {
    ScanPii(doc, kDefaultPiiKinds, &hits);
    count += hits.size();
  }
  HUBMILL_CHECK((count > 0) == (state.range(0) != 0), "a wrong answer");
  for (auto _ : state) {
    for (const auto& doc : docs) {
      if (state.range(1) != 0)
        MaskPii(doc, kDefaultPiiKinds, &masked, &hits);
      else
        ScanPii(doc, kDefaultPiiKinds, &hits);
      benchmark::DoNotOptimize(hits.data());
    }
  }
  state.SetBytesProcessed(state.iterations() * Bytes(docs));
}
BENCHMARK(Pii)->ArgNames({"dirty", "mask"})->Args({0, 0})->Args({30, 0})->Args({30, 1});

void JsonString(benchmark::State& state) {
  const auto& docs = Docs(30);
  const JsonTextOptions options = {.ascii_only = state.range(0) != 0};
  std::string out;
  AppendJsonString("a\"\n", &out, options);
  HUBMILL_CHECK(out == R"("a\"\n")", "a wrong answer");
  out.reserve(1 << 20);
  for (auto _ : state) {
    for (const auto& doc : docs) {
      out.clear();
      AppendJsonString(doc, &out, options);
      benchmark::DoNotOptimize(out.data());
    }
  }
  state.SetBytesProcessed(state.iterations() * Bytes(docs));
}
BENCHMARK(JsonString)->ArgName("ascii_only")->Arg(0)->Arg(1);

void MemcpyFloor(benchmark::State& state) {
  const auto& docs = Docs(30);
  std::string out(1 << 20, ' ');
  for (auto _ : state) {
    for (const auto& doc : docs) {
      std::memcpy(out.data(), doc.data(), doc.size());
      benchmark::ClobberMemory();
    }
  }
  state.SetBytesProcessed(state.iterations() * Bytes(docs));
}
BENCHMARK(MemcpyFloor);

}  // namespace
}  // namespace hubmill

BENCHMARK_MAIN();
