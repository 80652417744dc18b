// How a manifest names inputs: by what they are, never by where they lie on somebody's machine.
//
// An output folder is made to be published, and a path such as /home/anna/x tells who made it and
// how her machine is laid out.  It would also make the bytes differ from one folder to the next.
// So the manifest reads as if the run had been started in the folder that the recipe names: an
// input is called by its path within that folder, a file given by itself by its own name, and the
// folder is `.`; the checksum tells which bytes were meant.  Addresses (hub://, s3://) are the same
// everywhere and stay; of a database's the name alone does.  Run report, rejects and messages keep
// the paths as given: they stay at home.
#pragma once

#include "core/recipe.h"
#include "core/run_report.h"

namespace hubmill {

/// `report` with the names of local inputs, the paths in the sources' options and the parameters
/// that stand in such paths as published.
RunReport WithPublishedNames(RunReport report, const Recipe& recipe);

/// `text` of the recipe for people: where a parameter that says where inputs lie was put into it,
/// only the last part of that path stays.
std::string WithoutFolders(std::string text, const Recipe& recipe);

}  // namespace hubmill
