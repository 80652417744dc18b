// HCL 2 native syntax (Terraform's .tf files), checked and read as JSON.
//
// Written from the HCL specification (github.com/hashicorp/hcl, hclsyntax/spec.md): structure,
// expressions, templates, heredocs.  Nothing is evaluated: a policy engine wants the file as it
// stands.  The JSON is the widely known shape of Terraform's JSON syntax:
//
//   resource "aws_s3_bucket" "b" { acl = "private", tags = { n = var.n } }
//   {"resource":{"aws_s3_bucket":{"b":[{"__line__":1,"acl":"private","tags":{"n":"${var.n}"}}]}}}
//
//  * Blocks of one type and the same labels are a list, in the file's order; each has its line.
//  * Literal numbers, true, false, null, lists and objects are themselves; digits stay as written.
//  * A string has its escapes resolved; what would read as a template marker is `$${` or `%%{`.
//  * Every other expression is "${SOURCE}", with the source's own blanks and newlines.
//  * A template keeps `${SOURCE}`; directives are `%{if SOURCE}`, `%{else}`, `%{endif}`,
//    `%{for a, b in SOURCE}`, `%{endfor}`, after `~` and `<<-` have taken their white space.
//  * A key that is no literal is its source: `a.b`, or `${SOURCE}` where it stands in parentheses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hubmill {

inline constexpr int kHclDepthMax = 256;  // Blocks and expressions within each other.

/// The member of each block's object that says on which line (from 1) the block begins.
inline constexpr char kHclLineKey[] = "__line__";

/// Why a text is no HCL, and where; lines and columns (in characters) count from 1.
struct HclError {
  int64_t line = 0;
  int64_t column = 0;
  std::string expected;  // "expected ..."-like words; never the file's own text.
};

struct HclFile {
  std::string json;    // One object, UTF-8, no newline at its end.
  int64_t blocks = 0;  // At the top level.
};

/// Reads one file; nothing where all went well.  A byte order mark and CRLF are allowed.  Ends for
/// every input; time and memory grow with the text, nested templates cost their text a level.
[[nodiscard]] std::optional<HclError> ParseHcl(std::string_view text, HclFile* file);

}  // namespace hubmill
