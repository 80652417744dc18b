// dedup_near: finds rows whose texts resemble each other, and drops or marks all but one of each
// cluster.
//
// Signatures are taken on all threads (Prepare); one thread collects their band keys in row order
// (Observe) and clusters them after the last row (Arrange).  Neither the texts nor the minima are
// kept, so a row costs the same memory however long it is.
#include "stages/dedup_near.h"

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>

#include <algorithm>
#include <numeric>
#include <optional>

#include "stages/columns.h"
#include "stages/near_clusters.h"
#include "text/minhash.h"

namespace hubmill {
namespace {

struct DedupNearOptions {
  std::string column;
  int64_t ngram = 5;
  int64_t bands = 14;
  int64_t rows = 8;
  std::string keep = "first";
  std::string action = "drop";
  std::string id;
  static void Describe(OptionTable<DedupNearOptions>& table) {
    table.Field("column", &DedupNearOptions::column, "The text column.").Required();
    table.Field("ngram", &DedupNearOptions::ngram, "Words in a shingle.").Range(1, 64);
    table.Field("bands", &DedupNearOptions::bands, "Bands of the signature.").Range(1, 256);
    table.Field("rows", &DedupNearOptions::rows, "Minima in a band.").Range(1, 64);
    table.Field("keep", &DedupNearOptions::keep, "Which row of a cluster stays.")
        .Choices({"first", "longest"});
    table.Field("action", &DedupNearOptions::action, "What becomes of the others.")
        .Choices({"drop", "mark"});
    table.Field("id", &DedupNearOptions::id, "mark: the text column that names rows.");
  }
};

struct NearKeys : Prepared {
  std::vector<uint64_t> keys;        // One a band, for each row that has words.
  std::vector<uint32_t> text_bytes;  // One a row; 0 where it has no words.
};

class DedupNear : public Arranger {
 public:
  explicit DedupNear(DedupNearOptions options)
      : options_(std::move(options)),
        hash_({.ngram = int(options_.ngram),
               .bands = int(options_.bands),
               .rows = int(options_.rows)}),
        clusters_({.bands = int(options_.bands)}) {}

  static Result<std::unique_ptr<DedupNear>> Make(DedupNearOptions options) {
    if (options.bands * options.rows > kMinimaMax) {
      return WrongUsage("bands times rows is above the bound: bands=", options.bands,
                        " rows=", options.rows, " max=", kMinimaMax, "; remedy: take fewer");
    }
    if ((options.action == "mark") == options.id.empty()) {
      return WrongUsage(
          "dedup_near needs id with action: mark, and only there; remedy: name the text column "
          "whose value names a row");
    }
    return std::make_unique<DedupNear>(std::move(options));
  }

  Result<std::shared_ptr<arrow::Schema>> Bind(
      const std::shared_ptr<arrow::Schema>& input) override {
    ARROW_ASSIGN_OR_RAISE(column_, TextColumnIndex(*input, options_.column));
    if (options_.id.empty()) return input;
    ARROW_ASSIGN_OR_RAISE(id_column_, TextColumnIndex(*input, options_.id));
    arrow::FieldVector fields = input->fields();
    const std::shared_ptr<arrow::Schema> added = AddedSchema();
    for (const auto& field : added->fields()) {
      if (input->GetFieldIndex(field->name()) >= 0) {
        return DataRefused("the rows have a column that dedup_near adds: column=", field->name(),
                           "; remedy: rename or drop it before");
      }
      fields.push_back(field);
    }
    return arrow::schema(std::move(fields));
  }

  Result<std::unique_ptr<Prepared>> Prepare(const Batch& input) const override {
    auto prepared = std::make_unique<NearKeys>();
    const TextView texts(*input.rows->column(column_));
    prepared->text_bytes.resize(size_t(texts.size()));
    prepared->keys.reserve(size_t(texts.size() * options_.bands));
    thread_local MinHashScratch scratch;
    for (int64_t row = 0; row < texts.size(); ++row) {
      if (texts.IsNull(row)) continue;
      if (hash_.AppendBandKeys(texts[row], &scratch, &prepared->keys)) {
        prepared->text_bytes[size_t(row)] =
            uint32_t(std::min<size_t>(texts[row].size(), UINT32_MAX));
      }
    }
    return prepared;
  }

  Status Observe(const Batch& input, const Prepared* prepared) override {
    const auto& found = static_cast<const NearKeys&>(*prepared);
    const uint64_t* keys = found.keys.data();
    for (size_t row = 0; row < found.text_bytes.size(); ++row) {
      if (found.text_bytes[row] != 0) {
        hashed_rows_.push_back(rows_seen_ + int64_t(row));
        ARROW_RETURN_NOT_OK(clusters_.Add({keys, size_t(options_.bands)}));
        keys += options_.bands;
        if (options_.keep == "longest") text_bytes_.push_back(found.text_bytes[row]);
      }
    }
    rows_seen_ += input.rows->num_rows();
    if (clusters_.size() >= int64_t(UINT32_MAX)) {
      return RunFailed("dedup_near takes fewer than 2^32 - 1 rows; remedy: deduplicate by parts");
    }
    if (options_.id.empty()) return Status::OK();
    const TextView ids(*input.rows->column(id_column_));
    for (int64_t row = 0; row < ids.size(); ++row) {
      if (!ids.IsNull(row)) ids_ += ids[row];
      id_ends_.push_back(ids_.size());
    }
    return Status::OK();
  }

  Result<Arrangement> Arrange(int threads) override {
    ARROW_ASSIGN_OR_RAISE(const std::vector<uint32_t> roots, clusters_.Cluster(threads));
    std::vector<uint32_t> sizes(roots.size());
    std::vector<uint32_t> kept(roots.size());  // By root: the row of the cluster that stays.
    std::iota(kept.begin(), kept.end(), 0U);
    for (uint32_t row = 0; row < roots.size(); ++row) {
      uint32_t& best = kept[roots[row]];
      if (!text_bytes_.empty() && text_bytes_[row] > text_bytes_[best]) best = row;
      ++sizes[roots[row]];
    }
    Arrangement arrangement;
    arrangement.drop_reason = "near_duplicate";
    int64_t clusters = 0;
    int64_t duplicates = 0;
    for (uint32_t row = 0; row < roots.size(); ++row) {
      if (roots[row] == row && sizes[row] > 1) ++clusters;
      if (kept[roots[row]] != row) ++duplicates;
    }
    arrangement.counts = {{"clusters", clusters},
                          {"near_duplicates", duplicates},
                          {"without_words", rows_seen_ - int64_t(roots.size())}};
    const bool drop = options_.action == "drop";
    size_t next = 0;  // In `hashed_rows_`.
    for (int64_t row = 0; row < rows_seen_; ++row) {
      const bool hashed = next < hashed_rows_.size() && hashed_rows_[next] == row;
      const bool duplicate = hashed && kept[roots[next]] != next;
      if (hashed) ++next;
      if (!duplicate || !drop) arrangement.order.push_back(row);
    }
    if (!drop) {
      ARROW_ASSIGN_OR_RAISE(arrangement.added, Marks(roots, kept, sizes));
    }
    return arrangement;
  }

 private:
  static std::shared_ptr<arrow::Schema> AddedSchema() {
    return arrow::schema({arrow::field("quality_is_duplicate", arrow::boolean()),
                          arrow::field("dup_cluster_id", arrow::utf8()),
                          arrow::field("dup_cluster_size", arrow::int64())});
  }

  std::string_view IdOf(int64_t row) const {
    const size_t begin = row == 0 ? 0 : id_ends_[size_t(row) - 1];
    return std::string_view(ids_).substr(begin, id_ends_[size_t(row)] - begin);
  }

  Result<std::shared_ptr<arrow::RecordBatch>> Marks(const std::vector<uint32_t>& roots,
                                                    const std::vector<uint32_t>& kept,
                                                    const std::vector<uint32_t>& sizes) const {
    arrow::BooleanBuilder duplicate;
    arrow::StringBuilder cluster;
    arrow::Int64Builder size;
    size_t next = 0;
    for (int64_t row = 0; row < rows_seen_; ++row) {
      const bool hashed = next < hashed_rows_.size() && hashed_rows_[next] == row;
      const uint32_t root = hashed ? roots[next] : 0;
      const bool alone = !hashed || sizes[root] == 1;
      ARROW_RETURN_NOT_OK(duplicate.Append(!alone && kept[root] != next));
      if (alone) {
        ARROW_RETURN_NOT_OK(cluster.AppendNull());
        ARROW_RETURN_NOT_OK(size.Append(1));
      } else {
        ARROW_RETURN_NOT_OK(cluster.Append(IdOf(hashed_rows_[kept[root]])));
        ARROW_RETURN_NOT_OK(size.Append(sizes[root]));
      }
      if (hashed) ++next;
    }
    arrow::ArrayVector columns(3);
    ARROW_RETURN_NOT_OK(duplicate.Finish(&columns[0]));
    ARROW_RETURN_NOT_OK(cluster.Finish(&columns[1]));
    ARROW_RETURN_NOT_OK(size.Finish(&columns[2]));
    return arrow::RecordBatch::Make(AddedSchema(), rows_seen_, std::move(columns));
  }

  const DedupNearOptions options_;
  const MinHash hash_;
  int column_ = -1;
  int id_column_ = -1;
  int64_t rows_seen_ = 0;
  NearClusters clusters_;             // Of the rows that have words.
  std::vector<int64_t> hashed_rows_;  // Their places among all rows, ascending.
  std::vector<uint32_t> text_bytes_;  // keep: longest; one a hashed row.
  std::string ids_;                   // mark: all ids, one after the other.
  std::vector<size_t> id_ends_;       // mark: one a row.
};

}  // namespace

StageEntry DedupNearStage() {
  return DefineStage<DedupNear, DedupNearOptions>(
      {.name = "dedup_near",
       .summary = "Drops or marks rows whose text nearly repeats another row's.",
       .details =
           "Texts are compared by their shingles: runs of `ngram` words, where a word is a run of "
           "letters, marks, digits and `_` in any script, under simple case folding; a character "
           "of Chinese, Japanese, Thai and other scripts without spaces counts as a word.  "
           "Numbers are kept as they are, so exercises that differ in numbers alone stay "
           "different.  A text of fewer words than `ngram` is one shingle; a null and a text "
           "without any word are never duplicates.\n\n"
           "MinHash with locality-sensitive hashing: of the shingles' hashes `bands` × `rows` "
           "minima are taken, and rows that agree in all minima of a band belong to one cluster, "
           "as do chains of such rows.  Two texts whose sets of shingles have the Jaccard index s "
           "meet with probability 1 - (1 - s^rows)^bands: with the defaults 21 % at 0.6, 57 % at "
           "0.7, 92 % at 0.8, 99 % at 0.85.\n\n"
           "Of each cluster one row stays: the `first` in input order, or the `longest` text "
           "(the first of equally long ones).  The others are dropped with the reason "
           "`near_duplicate`; with `action: mark` all rows stay and get the columns "
           "`quality_is_duplicate` (bool), `dup_cluster_id` (the `id` of the row that stays; null "
           "for a row alone) and `dup_cluster_size`.  The report counts `clusters`, "
           "`near_duplicates` and rows `without_words`.\n\n"
           "The same rows are found at any number of threads.  Memory: 8 bytes a row and band (112 "
           "with the defaults), 12 for its place, and while clustering 32 to 64 more; with "
           "`keep: longest` 4, with `mark` the ids and 8.\n\n"
           "Refused: a column that does not exist or is not text, and with `mark` a column that "
           "has the name of one that is added.",
       .example = "- dedup_near: text\n"
                  "- dedup_near: {column: problem, ngram: 3, keep: longest}\n"
                  "- dedup_near: {column: text, action: mark, id: uuid}\n",
       .shorthand = "column"});
}

}  // namespace hubmill
