#include "core/recipe_params.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace hubmill {
namespace {

// A mask in place of every "a" would hide what a message says, and tell the secret.
constexpr size_t kSecretBytesMin = 4;

constexpr char kRecipeDir[] = "recipe_dir";
constexpr char kSeed[] = "seed";

struct ParamOptions {
  std::string default_value;
  std::vector<std::string> env;
  bool secret = false;
  bool required = false;
  std::string type = "string";
  std::string help;
  static void Describe(OptionTable<ParamOptions>& table) {
    table.Field("default", &ParamOptions::default_value, "Value where none is given.");
    table.Field("env", &ParamOptions::env,
                "Environment variable that gives the value, or several, of which the first that is "
                "set wins.");
    table.Field("secret", &ParamOptions::secret,
                "Shown as *** everywhere, so of at least 4 bytes; never by --set.");
    table.Field("required", &ParamOptions::required, "An error where no value is given.");
    table.Field("type", &ParamOptions::type, "Checked when the value is set.")
        .Choices({"string", "integer", "number", "boolean"});
    table.Field("help", &ParamOptions::help, "One sentence for people.");
  }
};

std::optional<std::string> FromEnvironment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::string CheckType(const RecipeParam& param) {
  Setting value = Setting::Scalar(param.value);
  int64_t integer = 0;
  double number = 0;
  bool boolean = false;
  if (param.type == "integer") return ReadValue(value, &integer);
  if (param.type == "number") return ReadValue(value, &number);
  if (param.type == "boolean") return ReadValue(value, &boolean);
  return "";
}

void GiveValue(RecipeParam* param, const std::vector<std::string>& variables, bool has_default,
               const std::string& default_value, const ParamValues& values) {
  auto env = values.env != nullptr ? values.env : &FromEnvironment;
  for (const auto& [name, value] : values.set) {
    if (name != param->name) continue;
    param->value = value;
    param->from = "--set";
  }
  for (const std::string& variable : variables) {
    if (!param->from.empty()) break;
    std::optional<std::string> value = env(variable);
    if (value && !value->empty()) {
      param->value = *value;
      param->from = "environment " + variable;
    }
  }
  if (param->from.empty() && has_default) {
    param->value = default_value;
    param->from = "default";
  }
  param->has_value = !param->from.empty();
}

RecipeParam ReadParam(const std::string& name, const Setting& setting, const Mark& mark,
                      const std::string& file, const ParamValues& values, ErrorList* errors) {
  RecipeParam param{.name = name, .mark = mark};
  const OptionContext context{.file = file, .owner = "parameter " + name};
  const Setting expanded = ExpandShorthand(setting, "default");  // `name: value`
  const ParamOptions options = OptionTable<ParamOptions>().Read(expanded, context, errors);
  for (const std::string& variable : options.env) {
    param.env += (param.env.empty() ? "" : " or ") + variable;
  }
  param.help = options.help;
  param.type = options.type;
  param.secret = options.secret;
  param.required = options.required;
  const bool has_default =
      expanded.kind == Setting::Kind::kMap && expanded.Find("default") != nullptr;
  if (param.secret && has_default && !options.default_value.empty()) {
    errors->Add(file, mark,
                context.owner + ": a secret has no default but the empty text; remedy: env: NAME");
  }
  GiveValue(&param, options.env, has_default, options.default_value, values);
  if (param.secret && param.from == "--set") {
    errors->Add(
        file, mark,
        context.owner + ": a secret may not be given by --set; remedy: " +
            (param.env.empty() ? "env: NAME in the recipe" : "set the variable " + param.env));
    param.value.clear();  // Nothing may show it, nor be masked for holding the same letters.
    return param;
  }
  if (param.secret && !param.value.empty() && param.value.size() < kSecretBytesMin) {
    errors->Add(file, mark,
                Concat(context.owner, ": the secret is too short to be masked in messages: from=",
                       param.from, " bytes_min=", kSecretBytesMin,
                       "; remedy: set a longer one, or declare it without `secret`"));
    param.value.clear();
    return param;
  }
  if (param.required && !param.has_value) {
    errors->Add(file, mark,
                context.owner + ": no value; remedy: --set " + name + "=…" +
                    (param.env.empty() ? "" : " or the variable " + param.env));
  }
  std::string error = param.has_value ? CheckType(param) : "";
  if (!error.empty()) {
    errors->Add(file, mark, Concat(context.owner, ": ", error, "; value from ", param.from));
  }
  return param;
}

std::string Expand(const Setting& setting, const std::vector<RecipeParam>& params,
                   const std::string& file, bool* secret, ErrorList* errors) {
  const std::string& text = setting.scalar;
  std::string out;
  size_t at = 0;
  while (at < text.size()) {
    size_t open = text.find("${", at);
    if (open == std::string::npos) break;
    if (open > at && text[open - 1] == '$') {
      out.append(text, at, open - 1 - at).append("${");
      at = open + 2;
      continue;
    }
    out.append(text, at, open - at);
    size_t close = text.find('}', open);
    if (close == std::string::npos) {
      errors->Add(file, setting.mark, "${ without }; remedy: write $${ for the text itself");
      return text;
    }
    const std::string name = text.substr(open + 2, close - open - 2);
    auto param = std::find_if(params.begin(), params.end(),
                              [&](const RecipeParam& p) { return p.name == name; });
    if (param == params.end()) {
      std::vector<std::string> known;
      for (const RecipeParam& p : params) known.push_back(p.name);
      const std::string nearest = NearestName(name, known);
      errors->Add(file, setting.mark,
                  Concat("unknown parameter: ", name,
                         nearest.empty() ? "" : "; did you mean " + nearest + "?"));
      return text;
    }
    if (!param->has_value && !param->required) {
      errors->Add(file, setting.mark,
                  Concat("the parameter has no value: ", name,
                         param->env.empty() ? "; remedy: --set " + name + "=…"
                                            : "; remedy: set the variable " + param->env));
    }
    out += param->value;
    *secret = *secret || param->secret;
    at = close + 1;
  }
  return out.append(text, at, std::string::npos);
}

/// A parameter before the last `/` of a local path, or with a `/` in it, tells a folder.
void MarkInPath(const Setting& path, std::vector<RecipeParam>* params) {
  for (const Setting& item : path.items) MarkInPath(item, params);
  for (const auto& entry : path.entries) MarkInPath(entry.second, params);
  const std::string& text = path.scalar;
  ErrorList ignored;  // SubstituteParams() names what is wrong.
  bool secret = false;
  const std::string whole = Expand(path, *params, "", &secret, &ignored);
  if (whole.find("://") != whole.npos && !whole.starts_with("file:")) return;
  for (RecipeParam& param : *params) {
    const std::string reference = "${" + param.name + "}";
    for (size_t at = 0; (at = text.find(reference, at)) != text.npos;) {
      at += reference.size();
      const Setting rest = Setting::Scalar(param.value + text.substr(at));
      const std::string expanded = Expand(rest, *params, "", &secret, &ignored);
      if (text == reference || expanded.find('/') != expanded.npos) param.in_path = true;
    }
  }
}

/// The JSON files that cells of the source `rows` quote.
void MarkQuoted(const Setting& rows, std::vector<RecipeParam>* params) {
  for (const Setting& item : rows.items) MarkQuoted(item, params);
  for (const auto& [key, value] : rows.entries) {
    key == "file" ? MarkInPath(value, params) : MarkQuoted(value, params);
  }
}

}  // namespace

void MarkPathParams(const Setting& source, std::vector<RecipeParam>* params) {
  if (source.kind != Setting::Kind::kMap) return MarkInPath(source, params);  // `source: PATH`
  for (const auto& [name, options] : source.entries) {
    if (name == "rows") {
      MarkQuoted(options, params);
    } else if (options.kind != Setting::Kind::kMap) {
      MarkInPath(options, params);  // `jsonl: PATH`
    } else if (const Setting* path = options.Find("path")) {
      MarkInPath(*path, params);
    }
  }
}

std::vector<RecipeParam> ReadParams(const Setting* params, const std::string& file,
                                    const ParamValues& values, int64_t run_seed,
                                    ErrorList* errors) {
  std::vector<RecipeParam> out;
  std::vector<std::string> known;
  if (params != nullptr && params->kind == Setting::Kind::kMap) {
    for (size_t i = 0; i < params->entries.size(); ++i) {
      const auto& [name, setting] = params->entries[i];
      if (name == kRecipeDir || name == kSeed) {
        errors->Add(file, params->entry_marks[i],
                    Concat("params: built in: name=", name, "; remedy: leave it out, ${", name,
                           "} is ", name == kSeed ? "what --seed says" : "the recipe's folder"));
      }
      known.push_back(name);
      out.push_back(ReadParam(name, setting, params->entry_marks[i], file, values, errors));
    }
  } else if (params != nullptr && params->kind != Setting::Kind::kNull) {
    errors->Add(file, params->mark, "params: expected a map of name: {default: …}");
  }
  for (const auto& [name, value] : values.set) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string nearest = name == kSeed ? "--seed" : NearestName(name, known);
    errors->Add(file, {},
                Concat("--set: unknown parameter: ", name,
                       nearest.empty() ? "" : "; did you mean " + nearest + "?"));
  }
  const auto built_in = [&out](const char* name, std::string value, const char* type) {
    out.push_back({.name = name,
                   .value = std::move(value),
                   .has_value = true,
                   .from = "built in",
                   .type = type});
  };
  std::string dir = std::filesystem::path(file).parent_path().string();
  built_in(kRecipeDir, dir.empty() ? "." : dir, "string");
  built_in(kSeed, std::to_string(run_seed), "integer");
  return out;
}

void SubstituteParams(Setting* setting, const std::vector<RecipeParam>& params,
                      const std::string& file, ErrorList* errors) {
  for (Setting& item : setting->items) SubstituteParams(&item, params, file, errors);
  for (size_t i = 0; i < setting->entries.size(); ++i) {
    auto& [key, value] = setting->entries[i];
    if (key.find("${") != std::string::npos) {
      errors->Add(file, setting->entry_marks[i],
                  "a parameter in a key: key=" + key + "; remedy: parameters stand in values only");
    }
    SubstituteParams(&value, params, file, errors);
  }
  if (setting->kind != Setting::Kind::kScalar) return;
  if (setting->scalar.find("${") == std::string::npos) return;
  for (const RecipeParam& param : params) {
    if (setting->scalar == "${" + param.name + "}") setting->quoted = param.type == "string";
  }
  setting->scalar = Expand(*setting, params, file, &setting->secret, errors);
}

}  // namespace hubmill
