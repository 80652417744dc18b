#include "text/pii.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace hubmill {
namespace {

std::string Mask(std::string_view text, PiiKinds wanted = kDefaultPiiKinds) {
  std::string out = "old";
  std::vector<PiiHit> hits;
  MaskPii(text, wanted, &out, &hits);
  return out;
}

struct Case {
  const char* in;
  const char* out;
};

template <size_t kCount>
void Check(const Case (&cases)[kCount]) {
  for (const Case& one : cases) {
    EXPECT_EQ(Mask(one.in), one.out) << one.in;
    // Between other text, and with the hit at every place of a block.
    const std::string pad = "an ordinary sentence without anything in it, ";
    for (size_t shift = 0; shift < pad.size(); ++shift) {
      EXPECT_EQ(Mask(pad.substr(0, shift) + " (" + one.in + ") " + pad),
                pad.substr(0, shift) + " (" + one.out + ") " + pad);
    }
  }
}

TEST(Pii, Email) {
  Check({{"mail a.b+c@x-y.example.org now", "mail [EMAIL] now"},
         {"<user@example.com>", "<[EMAIL]>"},
         {"o'brien@example.ie, x", "[EMAIL], x"},
         {"user@example.com.", "[EMAIL]."},
         {"user@example.com-foo", "[EMAIL]-foo"},
         {"a@b.c", "a@b.c"},
         {"user@localhost", "user@localhost"},
         {"@handle and x@ y", "@handle and x@ y"},
         {"a@b@c.org", "a@[EMAIL]"},
         {".@x.org", ".@x.org"},
         {"4155551234@example.com", "[EMAIL]"}});
}

TEST(Pii, Phone) {
  Check({{"call +1 415 555 1234 now", "call [PHONE] now"},
         {"+44 (0)20 7946 0958", "[PHONE]"},
         {"+9779841234567", "[PHONE]"},
         {"(415) 555-1234", "[PHONE]"},
         {"415-555-1234", "[PHONE]"},
         {"1-415-555-1234", "[PHONE]"},
         {"415.555.1234", "[PHONE]"},
         {"415 555 1234.", "[PHONE]."},
         {"020 7946 0958", "[PHONE]"},
         {"01-44-12-34-56", "[PHONE]"},
         {"555-1234", "[PHONE]"},
         {"Tel: 422-1234", "Tel: [PHONE]"}});
}

TEST(Pii, NotAPhone) {
  Check({{"on 2015-02-24 at 10:30:00", "on 2015-02-24 at 10:30:00"},
         {"24-02-2015 and 02/24/2015", "24-02-2015 and 02/24/2015"},
         {"02-24-2015 10", "02-24-2015 10"},
         {"9841234567 people", "9841234567 people"},
         {"3.14159265358", "3.14159265358"},
         {"1,234,567,890", "1,234,567,890"},
         {"1234-415-555-1234-99", "1234-415-555-1234-99"},
         {"pages 200-1000", "pages 200-1000"},
         {"abc415-555-1234", "abc415-555-1234"},
         {"415-555.1234", "415-555.1234"},
         {"550e8400-e29b-41d4-a716-446655440000", "550e8400-e29b-41d4-a716-446655440000"},
         {"ISBN 978-3-16-148410-0", "ISBN 978-3-16-148410-0"},
         {"1 + 12 = 13", "1 + 12 = 13"},
         {"+12 345", "+12 345"}});
}

TEST(Pii, Ip) {
  Check({{"from 192.168.1.254:8080", "from [IP]:8080"},
         {"1.2.3.4.", "[IP]."},
         {"version 1.2.3.4.5", "version 1.2.3.4.5"},
         {"256.1.1.1", "256.1.1.1"},
         {"v1.2.3.4", "v1.2.3.4"},
         {"2001:db8::1", "[IP]"},
         {"[fe80::1%eth0]:80", "[[IP]%eth0]:80"},
         {"2001:0db8:85a3:0000:0000:8a2e:0370:7334", "[IP]"},
         {"::ffff:10.0.0.1", "[IP]"},
         {"12:30:45 std::cad a::b ::", "12:30:45 std::cad a::b ::"},
         {"aa:bb:cc:dd:ee:01", "aa:bb:cc:dd:ee:01"}});
}

TEST(Pii, Card) {
  Check({{"4111 1111 1111 1111", "[CARD]"},
         {"4111-1111-1111-1111 12/27", "[CARD] 12/27"},
         {"4111111111111111", "[CARD]"},
         {"3782 822463 10005", "[CARD]"},
         {"5555555555554444.", "[CARD]."},
         {"4111 1111 1111 1112", "4111 1111 1111 1112"},
         {"id 1111111111111117", "id 1111111111111117"},
         {"41111111111111111111111", "41111111111111111111111"}});
}

TEST(Pii, Secret) {
  const std::string a20(20, 'a'), k36(36, 'K'), d35(35, 'd');
  // Put together here, so that no scanner takes this file for a leak.
  const auto one = [](const std::string& prefix, const std::string& body) {
    EXPECT_EQ(Mask("key=" + prefix + body + ", next"), "key=[SECRET], next") << prefix;
    EXPECT_EQ(Mask("x" + prefix + body), "x" + prefix + body) << prefix;
  };
  one("hf"
      "_",
      k36);
  one("ghp"
      "_",
      k36);
  one("github"
      "_pat_",
      k36 + "_" + k36);
  one("sk"
      "-",
      "proj-" + a20 + "9");
  one("glpat"
      "-",
      a20);
  one("xoxb"
      "-",
      "123-456-" + a20);
  one("AKI"
      "A",
      "0123456789ABCDEF");
  one("AIz"
      "a",
      d35);
  one("ey"
      "J",
      "hbGciOiJIUzI1NiJ9.ey"
      "J" +
          a20 + "." + a20);
  EXPECT_EQ(Mask("postgres://me:pw!1@db.example.org/x"), "postgres://[SECRET]@db.example.org/x");
  const std::string begin =
                        "-----BEGIN RSA PRIV"
                        "ATE KEY-----",
                    end =
                        "-----END RSA PRIV"
                        "ATE KEY-----";
  EXPECT_EQ(Mask("a\n" + begin + "\nMIIE\n" + end + "\nb"), "a\n[SECRET]\nb");
  EXPECT_EQ(Mask(begin + "\nMIIE"), "[SECRET]");
  for (const std::string& no :
       {std::string("hf_short"), std::string("sk-a-long-css-class-name-of-words"),
        std::string("-----BEGIN PUBLIC KEY-----"), std::string("------ ruler ------"),
        std::string("https://example.org/a:b@c"), std::string("http://host:80/x")}) {
    EXPECT_EQ(Mask(no), no);
  }
}

TEST(Pii, OnlyWantedKindsAndKindNames) {
  const std::string text = "a@example.org 10.0.0.1 415-555-1234";
  EXPECT_EQ(Mask(text, PiiKindsOf(PiiKind::kIp)), "a@example.org [IP] 415-555-1234");
  EXPECT_EQ(Mask(text, 0), text);
  std::vector<PiiHit> hits;
  ScanPii(text, kDefaultPiiKinds, &hits);
  EXPECT_EQ(hits, (std::vector<PiiHit>{
                      {PiiKind::kEmail, 0, 13}, {PiiKind::kIp, 14, 8}, {PiiKind::kPhone, 23, 12}}));
  EXPECT_EQ(PiiKindName(PiiKind::kCard), "card");
}

TEST(Pii, MaskedTextHasNoHitAndEveryLevelAgrees) {
  std::mt19937 rng(11);
  static const char* const kPieces[] = {"415",
                                        "555",
                                        "1234",
                                        "-",
                                        " ",
                                        ".",
                                        "+",
                                        "(",
                                        ")",
                                        "1",
                                        "0",
                                        "20",
                                        "@",
                                        "example.org",
                                        "a",
                                        "b.c",
                                        "::",
                                        ":",
                                        "fe80",
                                        "10.0.0.1",
                                        "4111111111111111",
                                        "4111 1111",
                                        "hf_",
                                        "aaaaaaaaaaaaaaaaaaaaaaaa",
                                        "sk-",
                                        "A1B2C3D4E5",
                                        "-----BEGIN ",
                                        "PRIVATE KEY-----",
                                        "-----END ",
                                        "://",
                                        "user:pw",
                                        "'",
                                        "_",
                                        "word ",
                                        "+1 415 555 1234",
                                        "x@y.com",
                                        "\n",
                                        "tel ",
                                        "eyJ",
                                        "AKIA",
                                        "AIza",
                                        "[",
                                        "]",
                                        "\u00e9",
                                        "2015-02-24",
                                        "00"};
  for (int round = 0; round < 60000; ++round) {
    std::string text;
    for (int n = static_cast<int>(rng() % 20); n > 0; --n)
      text += kPieces[rng() % std::size(kPieces)];
    std::vector<PiiHit> scalar, best;
    ScanPiiAt(SimdLevel::kScalar, text, kAllPiiKinds, &scalar);
    ScanPii(text, kAllPiiKinds, &best);
    ASSERT_EQ(scalar, best) << text;
    size_t at = 0;
    for (const PiiHit& hit : best) {
      ASSERT_GE(hit.offset_bytes, at);
      ASSERT_GT(hit.size_bytes, 0u);
      at = hit.offset_bytes + hit.size_bytes;
      ASSERT_LE(at, text.size());
    }
    const std::string masked = Mask(text, kAllPiiKinds);
    ScanPii(masked, kAllPiiKinds, &best);
    ASSERT_TRUE(best.empty()) << text << " -> " << masked;
  }
}

std::string Repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

// Two numbers without a gap: the mask of the first uncovers the second, and that the next two.
constexpr std::string_view kCovered = "+1 415 555 12341.2.3.4.01-44-12-34-56";

TEST(Pii, MasksUncoverNumbersWrittenWithoutAGap) {
  EXPECT_EQ(Mask(Repeated(kCovered, 10)), Repeated("[PHONE].[PHONE]", 10));
  EXPECT_TRUE(Mask(Repeated(kCovered, 10'000)) == "[PHONE]");  // As one, and in time.
}

TEST(Pii, WhatMayStayStaysInEveryRound) {
  const auto allowed = [](const PiiHit&, std::string_view datum) { return datum == "9.9.9.9"; };
  const std::string text = "9.9.9.9 " + Repeated(kCovered, 2);
  std::string out;
  std::vector<PiiHit> hits;
  MaskPii(text, kDefaultPiiKinds, &out, &hits, allowed);
  EXPECT_EQ(out, "9.9.9.9 [PHONE].[PHONE][PHONE].[PHONE]");
  EXPECT_EQ(hits.size(), 1u);
}

TEST(PiiTest, NumbersOfPeopleAreFoundWhereAskedFor) {
  const auto masked = [](std::string_view text) { return Mask(text, kAllPiiKinds); };
  EXPECT_EQ(masked("Ram mobile 9841234567."), "Ram mobile [NUMBER].");
  EXPECT_EQ(masked("98412 34567, 984-1234567"), "[NUMBER], [NUMBER]");
  EXPECT_EQ(masked("फोन ९८४१२३४५६७ छ"), "फोन [NUMBER] छ");
  EXPECT_EQ(masked("৯৮৪১২৩৪ ٠١٢٣٤٥٦ ۰۱۲۳۴۵۶"), "[NUMBER]");
  EXPECT_EQ(masked("ward 12, 2026-11-21, 1,000,000 of 123456"),
            "ward 12, 2026-11-21, 1,000,000 of 123456");
  EXPECT_EQ(masked("+977 9841234567 a@b.org 1234567"), "[PHONE] [EMAIL] [NUMBER]");
  EXPECT_EQ(Mask("Ram mobile no 9841234567", kDefaultPiiKinds), "Ram mobile no 9841234567");
}

}  // namespace
}  // namespace hubmill
