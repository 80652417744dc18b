// Typed options: one description of a stage's options struct gives the recipe reader, the errors,
// `hubmill stages`, docs/stages.md and the JSON Schema.
//
//   struct SampleOptions {
//     int64_t rows = 0;   // How many rows come out.
//     int64_t seed = 42;
//     static void Describe(OptionTable<SampleOptions>& table) {
//       table.Field("rows", &SampleOptions::rows, "Rows that come out.").Required().Range(0, 1e15);
//       table.Field("seed", &SampleOptions::seed, "Seed of the generator.").DefaultsToRunSeed();
//     }
//   };
//
// Member types: std::string, int64_t, double, bool, std::optional of these,
// std::vector<std::string> (a scalar counts as a list of one), std::vector<std::pair<std::string,
// std::string>> and std::vector<std::pair<std::string, double>> (maps in the order written), and
// Setting (any YAML, read by the stage itself).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/setting.h"

namespace hubmill {

using StringMap = std::vector<std::pair<std::string, std::string>>;
using NumberMap = std::vector<std::pair<std::string, double>>;

/// What `hubmill stages` and the JSON Schema say about an option.
struct OptionSpec {
  std::string name;
  std::string type;          // string, integer, number, boolean, list, map, numbers, any
  std::string help;          // One sentence; the unit stands in it.
  std::string default_text;  // As YAML; empty where there is none.
  bool required = false;
  bool run_seed = false;  // Defaults to --seed.
  std::vector<std::string> choices;
  std::optional<double> min;
  std::optional<double> max;
};

/// Where options are read: for messages and for defaults that belong to the run.
struct OptionContext {
  std::string file;   // The recipe's file name.
  std::string owner;  // For example "stage clean_text".
  int64_t run_seed = 42;
};

/// Everything that is wrong, to be named at once.
class ErrorList {
 public:
  void Add(const std::string& file, const Mark& mark, const std::string& message);
  bool empty() const { return messages_.empty(); }
  const std::vector<std::string>& messages() const { return messages_; }
  Status ToStatus() const;  // kWrongUsage, a line an error; OK where empty.

 private:
  std::vector<std::string> messages_;
};

// Readers return an error sentence, or "" where the value was read.
std::string ReadValue(const Setting& from, std::string* to);
std::string ReadValue(const Setting& from, int64_t* to);
std::string ReadValue(const Setting& from, double* to);
std::string ReadValue(const Setting& from, bool* to);
std::string ReadValue(const Setting& from, std::vector<std::string>* to);
std::string ReadValue(const Setting& from, StringMap* to);
std::string ReadValue(const Setting& from, NumberMap* to);
std::string ReadValue(const Setting& from, Setting* to);
template <typename V>
std::string ReadValue(const Setting& from, std::optional<V>* to) {
  V value{};
  std::string error = ReadValue(from, &value);
  if (error.empty()) *to = std::move(value);
  return error;
}

Setting WriteValue(const std::string& from);
Setting WriteValue(int64_t from);
Setting WriteValue(double from);
Setting WriteValue(bool from);
Setting WriteValue(const std::vector<std::string>& from);
Setting WriteValue(const StringMap& from);
Setting WriteValue(const NumberMap& from);
Setting WriteValue(const Setting& from);
template <typename V>
Setting WriteValue(const std::optional<V>& from) {
  return from ? WriteValue(*from) : Setting{};
}

const char* TypeNameOf(const std::string*);
const char* TypeNameOf(const int64_t*);
const char* TypeNameOf(const double*);
const char* TypeNameOf(const bool*);
const char* TypeNameOf(const std::vector<std::string>*);
const char* TypeNameOf(const StringMap*);
const char* TypeNameOf(const NumberMap*);
const char* TypeNameOf(const Setting*);
template <typename V>
const char* TypeNameOf(const std::optional<V>*) {
  return TypeNameOf(static_cast<const V*>(nullptr));
}

/// Compact YAML (flow style) of a setting, secrets as ***.
std::string ToYamlText(const Setting& setting);
/// JSON of a setting: unquoted numbers, booleans and null become JSON's own; secrets "***".
std::string ToJsonText(const Setting& setting);

namespace internal {

/// One option, its struct erased; `options` points to the struct.
struct ErasedField {
  OptionSpec spec;
  std::function<std::string(const Setting&, void* options)> read;
  std::function<Setting(const void* options)> write;
  std::function<void(void* options, int64_t seed)> set_seed;
};
void ReadFields(const Setting& from, const OptionContext& context,
                const std::vector<ErasedField>& fields, void* options, ErrorList* errors);
Setting WriteFields(const std::vector<ErasedField>& fields, const void* options);

}  // namespace internal

template <typename T>
class OptionTable {
 public:
  class Ref {
   public:
    explicit Ref(internal::ErasedField* field) : field_(field) {}
    Ref& Required() {
      field_->spec.required = true;
      field_->spec.default_text.clear();
      return *this;
    }
    Ref& Choices(std::vector<std::string> choices) {
      field_->spec.choices = std::move(choices);
      return *this;
    }
    Ref& Range(double min, double max) {
      field_->spec.min = min;
      field_->spec.max = max;
      return *this;
    }
    Ref& DefaultsToRunSeed() {
      field_->spec.run_seed = true;
      return *this;
    }

   private:
    internal::ErasedField* field_;
  };

  OptionTable() { T::Describe(*this); }

  template <typename V>
  Ref Field(const char* name, V T::*member, const char* help) {
    internal::ErasedField field;
    field.spec.name = name;
    field.spec.type = TypeNameOf(static_cast<const V*>(nullptr));
    field.spec.help = help;
    const T defaults{};
    field.spec.default_text = ToYamlText(WriteValue(defaults.*member));
    field.read = [member](const Setting& from, void* options) {
      return ReadValue(from, &(static_cast<T*>(options)->*member));
    };
    field.write = [member](const void* options) {
      return WriteValue(static_cast<const T*>(options)->*member);
    };
    if constexpr (std::is_same_v<V, int64_t>) {
      field.set_seed = [member](void* options, int64_t seed) {
        static_cast<T*>(options)->*member = seed;
      };
    }
    fields_.push_back(std::move(field));
    return Ref(&fields_.back());  // Valid until the next Field().
  }

  std::vector<OptionSpec> Specs() const {
    std::vector<OptionSpec> specs;
    for (const auto& field : fields_) specs.push_back(field.spec);
    return specs;
  }

  /// Reads a map of options; a null setting means all defaults.  Errors go to `errors`, all of
  /// them.
  T Read(const Setting& from, const OptionContext& context, ErrorList* errors) const {
    T options{};
    internal::ReadFields(from, context, fields_, &options, errors);
    return options;
  }

  /// Every option with its value, for the run report.
  Setting Write(const T& options) const { return internal::WriteFields(fields_, &options); }

 private:
  std::vector<internal::ErasedField> fields_;
};

}  // namespace hubmill
