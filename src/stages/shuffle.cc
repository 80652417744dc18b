// shuffle: puts all rows into a seeded random order, the one NumPy draws.
#include "stages/shuffle.h"

#include "base/mt19937.h"

namespace hubmill {
namespace {

struct ShuffleOptions {
  int64_t seed = 42;
  static void Describe(OptionTable<ShuffleOptions>& table) {
    table.Field("seed", &ShuffleOptions::seed, "Seed of the generator.")
        .Range(0, double(UINT32_MAX))
        .DefaultsToRunSeed();
  }
};

class Shuffle : public Arranger {
 public:
  static Result<std::unique_ptr<Shuffle>> Make(ShuffleOptions options) {
    auto stage = std::make_unique<Shuffle>();
    stage->seed_ = uint32_t(options.seed);
    return stage;
  }

  Result<std::shared_ptr<arrow::Schema>> Bind(
      const std::shared_ptr<arrow::Schema>& input) override {
    return input;
  }

  Status Observe(const Batch& input, const Prepared* /*none*/) override {
    rows_ += input.rows->num_rows();
    return Status::OK();
  }

  Result<Arrangement> Arrange(int /*threads*/) override {
    Arrangement arrangement;
    arrangement.order = Mt19937(seed_).Permutation(rows_);
    return arrangement;
  }

 private:
  uint32_t seed_ = 42;
  int64_t rows_ = 0;
};

}  // namespace

StageEntry ShuffleStage() {
  return DefineStage<Shuffle, ShuffleOptions>(
      {.name = "shuffle",
       .summary = "Puts all rows into a random order that depends on the seed alone.",
       .details =
           "The order is that of `numpy.random.RandomState(seed).permutation(n)`: MT19937 and "
           "a Fisher-Yates shuffle from the end.\n\n"
           "Memory: 8 bytes a row; the rows are spilled to disk.",
       .example = "- shuffle\n- shuffle: {seed: 7}\n",
       .shorthand = "seed"});
}

}  // namespace hubmill
