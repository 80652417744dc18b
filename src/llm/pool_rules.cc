#include "llm/pool_rules.h"

#include <arrow/array/array_primitive.h>
#include <arrow/compute/exec.h>
#include <arrow/scalar.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "core/setting.h"
#include "core/split_name.h"
#include "stages/expression.h"

namespace hubmill {
namespace {

namespace cp = arrow::compute;

constexpr char kOriginalPools[] = R"(base:
  - quality_valid_harmony
  - quality_completion_nonempty
  - quality_valid_tool_schema
pools:
  - name: tool_use
    where: quality_has_tool
  - name: has_correctness_meta
    where: meta_correctness is not null
  - name: missing_correctness_meta
    where: meta_correctness is null
    otherwise: "true"
  - name: high_correctness
    where: meta_correctness >= {correctness_hi}
  - name: low_correctness
    where: meta_correctness <= {correctness_lo}
  - name: mid_correctness
    where: meta_correctness > {correctness_lo} and meta_correctness < {correctness_hi}
  - name: math_high_verified_correct
    where: meta_domain == 'math' and meta_difficulty_bin == 'high' and
           meta_correctness_high >= {correctness_hi}
  - name: reasoning_on
    where: source_reasoning == 'on'
  - name: reasoning_off
    where: source_reasoning == 'off'
  - name: capability_chat
    where: source_capability_target == 'chat'
  - name: capability_structured_outputs
    where: source_capability_target == 'structured_outputs'
)";
constexpr char kDocumentPools[] = R"(  - name: candidates_missing_correctness_meta
    where: meta_correctness is null
    otherwise: "true"
  - name: candidates_tool_use
    where: quality_has_tool
  - name: candidates_long_context
    where: stats_approx_tokens >= {long_context_tokens}
    otherwise: stats_char_len >= 4 * {long_context_tokens}
  - name: candidates_verified_correct
    where: meta_correctness >= {correctness_hi}
)";

std::string NumberText(double value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof(text), value).ptr;
  return std::string(text, end);
}

Status WrongRule(const Setting& at, const std::string& file, const std::string& what) {
  return WrongUsage(at.Where(file), ": ", what);
}

class RuleReader {
 public:
  RuleReader(const std::string& file, const PoolThresholds& thresholds)
      : file_(file),
        values_{{"correctness_hi", NumberText(thresholds.correctness_hi)},
                {"correctness_lo", NumberText(thresholds.correctness_lo)},
                {"long_context_tokens", std::to_string(thresholds.long_context_tokens)}} {}

  Result<PoolRules> Read(const Setting& root) {
    if (root.kind != Setting::Kind::kMap) {
      return WrongRule(root, file_, "a file of pools is a map; remedy: write base: and pools:");
    }
    PoolRules rules;
    for (const auto& [key, value] : root.entries) {
      if (value.kind != Setting::Kind::kList || (key != "base" && key != "pools")) {
        return WrongRule(value, file_,
                         Concat("expected the lists base and pools: key=", key,
                                "; remedy: see `hubmill llm pools --print-pools`"));
      }
      for (const Setting& item : value.items) {
        if (key == "base") {
          ARROW_ASSIGN_OR_RAISE(std::string where, Condition(item, "base"));
          rules.base.push_back(std::move(where));
        } else {
          ARROW_ASSIGN_OR_RAISE(PoolRule rule, ReadPool(item));
          rules.pools.push_back(std::move(rule));
        }
      }
    }
    if (rules.pools.empty()) {
      return WrongRule(root, file_, "there is no pool; remedy: add one below pools:");
    }
    if (rules.pools.size() > kPoolsMax) {
      return WrongRule(
          root, file_,
          Concat("too many pools: max=", kPoolsMax, "; remedy: divide them over two runs"));
    }
    return rules;
  }

 private:
  Result<PoolRule> ReadPool(const Setting& item) {
    if (item.kind != Setting::Kind::kMap) {
      return WrongRule(item, file_, "a pool is a map; remedy: write name: and where:");
    }
    PoolRule rule;
    for (const auto& [key, value] : item.entries) {
      if (key == "name") {
        rule.name = value.scalar;
      } else if (key == "where") {
        ARROW_ASSIGN_OR_RAISE(rule.where, Condition(value, key));
      } else if (key == "otherwise") {
        ARROW_ASSIGN_OR_RAISE(rule.otherwise, Condition(value, key));
      } else if (key == "limit") {
        const char* end = value.scalar.data() + value.scalar.size();
        const auto read = std::from_chars(value.scalar.data(), end, rule.limit);
        if (read.ec != std::errc() || read.ptr != end || rule.limit < 0) {
          return WrongRule(value, file_, "limit is no number of rows; remedy: limit: 1000");
        }
      } else if (key == "order_by") {
        rule.order_by = value.scalar;
      } else {
        const std::string near =
            NearestName(key, {"name", "where", "otherwise", "limit", "order_by"});
        return WrongRule(value, file_,
                         Concat("a pool has no such key: key=", key,
                                "; remedy: ", near.empty() ? "remove it" : "did you mean " + near));
      }
    }
    const Status named = CheckSplitName(rule.name);  // It becomes a folder.
    if (!named.ok()) return WrongRule(item, file_, "the pool's name: " + named.message());
    if (!names_.insert(rule.name).second) {
      return WrongRule(item, file_,
                       Concat("two pools have one name: name=", rule.name, "; remedy: rename one"));
    }
    if (rule.where.empty()) {
      return WrongRule(item, file_,
                       Concat("a pool has no condition: name=", rule.name, "; remedy: add where:"));
    }
    if (!rule.order_by.empty() && rule.limit < 0) {
      return WrongRule(item, file_,
                       Concat("order_by chooses the rows of a limit: name=", rule.name,
                              "; remedy: add limit:, or leave out order_by"));
    }
    return rule;
  }

  /// The text with its placeholders filled in; it parses.
  Result<std::string> Condition(const Setting& value, const std::string& key) {
    if (value.kind != Setting::Kind::kScalar) {
      return WrongRule(value, file_, Concat("a condition is a text: key=", key));
    }
    std::string out;
    const std::string& text = value.scalar;
    for (size_t at = 0; at < text.size(); ++at) {
      const size_t end = text[at] == '{' ? text.find('}', at) : text.npos;
      if (end == text.npos) {
        out += text[at];
        continue;
      }
      const std::string name = text.substr(at + 1, end - at - 1);
      const auto found = values_.find(name);
      if (found == values_.end()) {
        return WrongRule(value, file_,
                         Concat("unknown placeholder: name=", name,
                                "; remedy: use one of "
                                "{correctness_hi}, {correctness_lo}, {long_context_tokens}"));
      }
      out += found->second;
      at = end;
    }
    const auto parsed = ParseExpression(out);
    if (!parsed.ok()) return WrongRule(value, file_, parsed.status().message());
    return out;
  }

  const std::string file_;
  const std::map<std::string, std::string> values_;
  std::set<std::string> names_;
};

void AddColumns(const ExpressionNode& node, std::set<std::string>* columns) {
  if (node.kind == ExpressionNode::Kind::kColumn) columns->insert(node.path[0]);
  for (const ExpressionPtr& operand : node.operands) AddColumns(*operand, columns);
}

/// Whether every column that the condition names is there; one of type null holds nothing.
bool HasColumns(const ExpressionNode& node, const arrow::Schema& schema) {
  if (node.kind == ExpressionNode::Kind::kColumn) {
    const auto field = schema.GetFieldByName(node.path[0]);
    return field != nullptr && field->type()->id() != arrow::Type::NA;
  }
  return std::all_of(node.operands.begin(), node.operands.end(),
                     [&](const ExpressionPtr& operand) { return HasColumns(*operand, schema); });
}

/// Clears `bit` of the rows for which the condition is false or null.
Status Evaluate(const cp::Expression& condition, const cp::ExecBatch& batch, uint64_t bit,
                std::vector<uint64_t>* masks) {
  const auto result = cp::ExecuteScalarExpression(condition, batch);
  if (!result.ok()) {  // Arrow's message may show a value, so it is not passed on.
    return DataRefused(
        "a pool's condition cannot be computed, a number is too large; remedy: "
        "compare smaller numbers");
  }
  if (result->is_scalar()) {
    const auto& truth = result->scalar_as<arrow::BooleanScalar>();
    if (truth.is_valid && truth.value) return Status::OK();
    for (uint64_t& mask : *masks) mask &= ~bit;
    return Status::OK();
  }
  const auto array = result->make_array();
  const auto& truth = static_cast<const arrow::BooleanArray&>(*array);
  for (size_t i = 0; i < masks->size(); ++i) {
    const auto row = int64_t(i);
    if (truth.IsNull(row) || !truth.Value(row)) (*masks)[i] &= ~bit;
  }
  return Status::OK();
}

}  // namespace

std::string OrderColumn(const std::string& order_by) {
  return order_by.starts_with("-") ? order_by.substr(1) : order_by;
}

std::string ShippedPools(bool document) {
  return std::string(kOriginalPools) + (document ? kDocumentPools : "");
}

Result<PoolRules> ParsePoolRules(std::string_view yaml, const std::string& file,
                                 const PoolThresholds& thresholds) {
  ARROW_ASSIGN_OR_RAISE(const Setting root, ParseYaml(yaml, file));
  return RuleReader(file, thresholds).Read(root);
}

std::vector<std::string> PoolColumns(const PoolRules& rules) {
  std::set<std::string> columns;
  auto add = [&columns](const std::string& condition) {
    const auto parsed = ParseExpression(condition);
    if (parsed.ok()) AddColumns(**parsed, &columns);
  };
  for (const std::string& base : rules.base) add(base);
  for (const PoolRule& rule : rules.pools) {
    add(rule.where);
    if (!rule.otherwise.empty()) add(rule.otherwise);
    if (!rule.order_by.empty()) columns.insert(OrderColumn(rule.order_by));
  }
  return {columns.begin(), columns.end()};
}

Result<PoolMembership> PoolMembership::Bind(const PoolRules& rules, const arrow::Schema& schema) {
  PoolMembership out;
  for (const std::string& base : rules.base) {
    ARROW_ASSIGN_OR_RAISE(const ExpressionPtr root, ParseExpression(base));
    if (!HasColumns(*root, schema)) continue;
    auto bound = BindExpression(*root, schema);
    if (!bound.ok()) return WithContext(bound.status(), "base of the pools: ");
    out.base_.push_back(*std::move(bound));
  }
  for (const PoolRule& rule : rules.pools) {
    std::string where = rule.where;
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr root, ParseExpression(where));
    if (!HasColumns(*root, schema)) {
      if (rule.otherwise.empty()) continue;
      where = rule.otherwise;
      ARROW_ASSIGN_OR_RAISE(root, ParseExpression(where));
      if (!HasColumns(*root, schema)) continue;
    }
    const auto same =
        std::find_if(out.streams_.begin(), out.streams_.end(), [&](const PoolStream& stream) {
          return stream.where == where && stream.limit == rule.limit &&
                 stream.order_by == rule.order_by;
        });
    if (same != out.streams_.end()) {
      same->pools.push_back(rule.name);
      continue;
    }
    auto bound = BindExpression(*root, schema);
    if (!bound.ok()) return WithContext(bound.status(), Concat("pool ", rule.name, ": "));
    out.conditions_.push_back(*std::move(bound));
    out.streams_.push_back(
        {.pools = {rule.name}, .where = where, .limit = rule.limit, .order_by = rule.order_by});
  }
  return out;
}

Result<std::vector<uint64_t>> PoolMembership::Masks(const arrow::RecordBatch& rows) const {
  std::vector<uint64_t> masks(size_t(rows.num_rows()), ~uint64_t{0});
  const cp::ExecBatch batch(rows);
  for (const cp::Expression& base : base_) {
    ARROW_RETURN_NOT_OK(Evaluate(base, batch, ~uint64_t{0}, &masks));
  }
  uint64_t used = uint64_t{1} << kBaseBit;
  for (size_t i = 0; i < conditions_.size(); ++i) {
    const uint64_t bit = uint64_t{1} << i;
    used |= bit;
    ARROW_RETURN_NOT_OK(Evaluate(conditions_[i], batch, bit, &masks));
  }
  for (uint64_t& mask : masks) mask &= used;
  return masks;
}

}  // namespace hubmill
