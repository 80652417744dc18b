// What may leave: the rules over a parsed row, one fault for each value that breaks one.
#pragma once

#include <vector>

#include "signals/row_builder.h"

namespace hubmill {

/// Checks by the schema; fills `facts` but for its id and state.
void CheckRow(const SignalsSchema& schema, const ParsedRow& row, RowFacts* facts,
              std::vector<RowFault>* faults);

/// As the original does: strings of features only, each against the words of all features.
void CheckRowCompat(const SignalsSchema& schema, const ParsedRow& row, RowFacts* facts,
                    std::vector<RowFault>* faults);

/// 2026-01-01T00:00:00[.123]Z, or with an offset.
bool IsRfc3339(std::string_view text);

/// The words of targets.pressure_keys, given as a list or as text that holds one; nothing where it
/// is neither.
bool ReadPressureKeys(const FieldValue& value, std::vector<std::string>* keys);

}  // namespace hubmill
