// What checkov judged of a manifest, against what stands in it.
//
// checkov passes over what it does not like and does not say so: YAML that PyYAML does not read
// (a tab), objects whose name is none (a number, a date, `{{x}}`, missing), charts' templates by
// their look.  Its silence about such an object is no finding of nothing.  So it is asked for the
// checks that went well, too: every object of a kind that it has checks for is in one of them.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace hubmill {

/// By kind, the objects that checks were made of, as checkov names them: "Pod.default.web".
using JudgedObjects = std::map<std::string, std::set<std::string>, std::less<>>;

/// A kind of which more objects stand in the manifest than were judged; empty where all were.
std::string PassedOverKind(std::string_view manifest, const JudgedObjects& judged);

}  // namespace hubmill
