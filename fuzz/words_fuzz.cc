// Words and shingles: every level of instructions gives the same hashes, whatever the bytes.
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "text/minhash.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hubmill;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<uint32_t> scalar;
  std::vector<uint32_t> best;
  HashWordsAt(SimdLevel::kScalar, text, &scalar);
  for (const SimdLevel level : {SimdLevel::kAvx2, SimdLevel::kAvx512}) {
    if (level > MachineSimdLevel()) continue;
    best.clear();
    HashWordsAt(level, text, &best);
    HUBMILL_CHECK(scalar == best, "words differ between levels");
  }

  static const MinHash portable({.ngram = 3, .bands = 5, .rows = 4}, SimdLevel::kScalar);
  static const MinHash fastest({.ngram = 3, .bands = 5, .rows = 4});
  MinHashScratch scratch;
  std::vector<uint64_t> a;
  std::vector<uint64_t> b;
  const bool has_words = portable.AppendBandKeys(text, &scratch, &a);
  HUBMILL_CHECK(has_words == fastest.AppendBandKeys(text, &scratch, &b), "one found no word");
  HUBMILL_CHECK(a == b && has_words == !scalar.empty(), "band keys differ between levels");
  return 0;
}
