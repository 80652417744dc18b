#include "llm/licenses.h"

#include <gtest/gtest.h>

namespace hubmill {
namespace {

std::string Conflict(const std::vector<std::string>& licenses) {
  LicenseCounts rows;
  for (const std::string& license : licenses) rows[license] = 3;
  return LicenseConflict(rows);
}

TEST(Licenses, NamesAreBroughtIntoOneForm) {
  EXPECT_EQ(LicenseId("CC BY-SA 4.0"), "cc-by-sa-4.0");
  EXPECT_EQ(LicenseId(" Apache_2.0 "), "apache-2.0");
  EXPECT_EQ(LicenseId(""), "");
}

TEST(Licenses, MixesThatMayBePublished) {
  EXPECT_EQ(Conflict({}), "");
  EXPECT_EQ(Conflict({""}), "");
  EXPECT_EQ(Conflict({"cc-by-4.0", "cc-by-sa-4.0", "mit", ""}), "");
  EXPECT_EQ(Conflict({"cc-by-nc-4.0", "cc-by-nc-sa-4.0", "mit"}), "");
  EXPECT_EQ(Conflict({"unlicense", "gpl-3.0", "agpl-3.0"}), "");
}

TEST(Licenses, WhatForbidsPublishingIsRefused) {
  for (const char* closed : {"cc-by-nd-4.0", "CC BY-NC-ND 4.0", "proprietary", "Unlicensed",
                             "All rights reserved", "no-redistribution"}) {
    EXPECT_EQ(
        Conflict({"mit", closed}),
        std::string("a licence forbids to publish adaptations: license=") + closed + " rows=3");
  }
  EXPECT_EQ(Conflict({"cc-by-sa-4.0", "gpl-3.0"}),
            "two licences want the whole under their own terms: license=cc-by-sa-4.0 "
            "license=gpl-3.0");
  EXPECT_EQ(Conflict({"cc-by-sa-4.0", "cc-by-nc-sa-4.0"}),
            "two licences want the whole under their own terms: license=cc-by-nc-sa-4.0 "
            "license=cc-by-sa-4.0");
  EXPECT_EQ(Conflict({"cc-by-sa-4.0", "cc-by-nc-4.0"}),
            "one licence forbids commercial use, another forbids such a limit: "
            "license=cc-by-nc-4.0 license=cc-by-sa-4.0");
}

TEST(Licenses, TheCardNamesWhatTheHubKnows) {
  EXPECT_EQ(CardLicenses({{"CC-BY-4.0", 1}, {"cc by 4.0", 1}, {"my own", 2}, {"", 1}}),
            (std::vector<std::string>{"cc-by-4.0", "other", "unknown"}));
  EXPECT_EQ(CardLicenses({}), std::vector<std::string>());
}

}  // namespace
}  // namespace hubmill
