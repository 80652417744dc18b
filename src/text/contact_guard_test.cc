#include "text/contact_guard.h"

#include <gtest/gtest.h>

#include <string>

namespace hubmill {
namespace {

TEST(ContactGuard, Emails) {
  EXPECT_EQ(FindContact("a@b"), ContactKind::kEmail);
  EXPECT_EQ(FindContact("@"), ContactKind::kEmail);
  EXPECT_EQ(FindContact("hvac"), ContactKind::kNone);
  EXPECT_EQ(FindContact("ex_000000001x"), ContactKind::kNone);
  EXPECT_EQ(FindContact("ex_5551234567x"), ContactKind::kPhone);
  EXPECT_EQ(FindContact("12345-ave"), ContactKind::kAddress);
}

TEST(ContactGuard, PhonesAreUnanchoredAndAscii) {
  for (const char* text : {"5551234567", "x12345678901234y", "555.123 4567", "555 123-4567",
                           "555\xC2\xA0"
                           "123\xE3\x80\x80"
                           "4567",
                           "555\n123\n4567"}) {
    EXPECT_EQ(FindContact(text), ContactKind::kPhone) << text;
  }
  for (const char* text :
       {"555--123-4567",
        "555\xE2\x80\x93"
        "123\xE2\x80\x93"
        "4567",
        "555123456", "55 5123 4567", "\xEF\xBC\x91\xEF\xBC\x92\xEF\xBC\x93-456-7890"}) {
    EXPECT_EQ(FindContact(text), ContactKind::kNone) << text;
  }
}

TEST(ContactGuard, Addresses) {
  for (const char* text : {"123 Main St", "9 Elm ct", "x-9 \t_a1 LANE.", "1 2 way", "P.O. Box 456",
                           "PO Box 9", "p.obox 1", "at po  box\t7", "12345 somewhere on Oak Ave",
                           "99-12345-6789 x dr", "12345\n1 a b\n12345 c road", "1 1 a pl"}) {
    EXPECT_EQ(FindContact(text), ContactKind::kAddress) << text;
  }
  for (const char* text :
       {"123 Oak Ridge Way", "a123 Main St", "123 Main Stx",
        "12 Stra\xC3\x9F"
        "e st",
        "1 \xC3\xA9 st", "xpo box 9", "po box", "po box9", "1234 oak_ave", "12345x oak ave",
        "12345\nave", "12345 big oak way", "12 oak \xC5\xBFt", "12345_ ave"}) {
    EXPECT_EQ(FindContact(text), ContactKind::kNone) << text;
  }
}

TEST(ContactGuard, LengthIsInUtf16) {
  EXPECT_EQ(Utf16Length(""), 0U);
  EXPECT_EQ(Utf16Length("a\xC3\xA9\xE2\x82\xAC"), 3U);
  EXPECT_EQ(Utf16Length("\xF0\x9F\x98\x80"), 2U);
}

}  // namespace
}  // namespace hubmill
