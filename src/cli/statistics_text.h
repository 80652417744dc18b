// Statistics, drift and difference for people: tables with small histograms.
#pragma once

#include <string>
#include <vector>

#include "view/data_compare.h"

namespace hubmill {

/// "▁▂▇█", a sign a bin; a bin with a row is never blank.
std::string HistogramBars(const std::vector<int64_t>& counts);

/// A line a column: type, nulls, least, median, mean, greatest, deviation, and the histogram or the
/// most frequent labels.
std::string RenderStatistics(const NamedStatistics& statistics);
/// A line a column, the greatest distance first.
std::string RenderDrift(const NamedDrift& drift);
/// Rows, columns, and samples of rows.
std::string RenderDiff(const NamedDiff& diff);

/// ", 7 lines that are no row passed over; the first: FILE row 3: …"; empty where there are none.
std::string BadRowsText(int64_t rows, const std::string& first);

}  // namespace hubmill
