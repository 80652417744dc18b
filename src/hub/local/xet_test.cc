// Whether the hashes are Xet's own is shown by the official client, which uploads through them in
// tests/peers/hub; here are the shapes, the bounds and the refusals.
#include <gtest/gtest.h>
#include <lz4frame.h>

#include <cstring>
#include <random>

#include "hub/local/xet_hash.h"
#include "hub/local/xet_shard.h"
#include "hub/local/xet_xorb.h"
#include "net/string_body.h"

namespace hubmill::local_hub {
namespace {

std::string Lz4(const std::string& raw) {
  std::string packed(LZ4F_compressFrameBound(raw.size(), nullptr), '\0');
  packed.resize(LZ4F_compressFrame(packed.data(), packed.size(), raw.data(), raw.size(), nullptr));
  return packed;
}

std::string Header(int version, size_t packed, int scheme, size_t raw) {
  std::string header(8, '\0');
  header[0] = static_cast<char>(version);
  header[4] = static_cast<char>(scheme);
  for (int i = 0; i < 3; ++i) {
    header[1 + i] = static_cast<char>(packed >> (8 * i));
    header[5 + i] = static_cast<char>(raw >> (8 * i));
  }
  return header;
}

std::string Chunk(int scheme, const std::string& raw, const std::string& packed) {
  return Header(0, packed.size(), scheme, raw.size()) + packed;
}

Result<std::vector<XorbChunk>> Read(const std::string& xorb, std::string* kept) {
  StringBody body(xorb, 1000);
  return ReadXorb(&body, [kept](std::string_view data) {
    kept->append(data);
    return Status::OK();
  });
}

TEST(XetTest, HexReversesEachGroupOfEight) {
  XetHash hash;
  for (size_t i = 0; i < hash.size(); ++i) hash[i] = static_cast<uint8_t>(i);
  EXPECT_EQ(XetHex(hash), "07060504030201000f0e0d0c0b0a090817161514131211101f1e1d1c1b1a1918");
  EXPECT_EQ(ParseXetHex(XetHex(hash)), hash);
  EXPECT_EQ(ParseXetHex("07"), std::nullopt);
}

TEST(XetTest, OneChunkIsItsOwnXorbHash) {
  const XetHash chunk = ChunkHash("hello");
  const SizedHash sized[] = {{chunk, 5}};
  EXPECT_EQ(XorbHash(sized), chunk);
  EXPECT_NE(FileHash(sized), chunk);
}

TEST(XetTest, ReadsAllSchemesAndLeavesTheFooter) {
  std::mt19937 random(1);
  std::string raw(5001, '\0');
  for (char& c : raw) c = static_cast<char>(random() % 5);
  std::string grouped;
  for (size_t lane = 0; lane < 4; ++lane) {
    for (size_t i = lane; i < raw.size(); i += 4) grouped.push_back(raw[i]);
  }
  const std::string xorb =
      Chunk(0, raw, raw) + Chunk(1, raw, Lz4(raw)) + Chunk(2, raw, Lz4(grouped));
  std::string kept;
  const auto chunks = Read(xorb + "XETBLOB and a footer", &kept);
  ASSERT_TRUE(chunks.ok()) << chunks.status();
  ASSERT_EQ(chunks->size(), 3u);
  EXPECT_EQ(kept, xorb);
  for (const XorbChunk& chunk : *chunks) {
    EXPECT_EQ(chunk.hash, ChunkHash(raw));
    std::string unpacked;
    ASSERT_TRUE(UnpackChunk(chunk, xorb.substr(chunk.offset, chunk.packed_bytes), &unpacked).ok());
    EXPECT_EQ(unpacked, raw);
  }
  const auto index = ParseXorbIndex(RenderXorbIndex(*chunks));
  ASSERT_TRUE(index.ok());
  EXPECT_EQ(HashOf(*index), HashOf(*chunks));
}

TEST(XetTest, RefusesBrokenXorbs) {
  const std::string raw(100, 'x'), packed = Lz4(raw);
  for (const std::string& xorb :
       {std::string(), Chunk(0, raw, raw).substr(0, 50), Chunk(0, raw, raw) + "abc",
        Header(1, 1, 0, 1) + "x", Header(0, 1, 3, 1) + "x", Header(0, 0, 0, 1),
        Header(0, 1, 0, 0) + "x", Header(0, 100, 0, 99) + raw,
        Header(0, packed.size(), 1, 99) + packed, Header(0, packed.size(), 1, 101) + packed,
        Header(0, packed.size() - 1, 1, 100) + packed.substr(1),
        Header(0, 10, 1, (1 << 24) - 1) + std::string(10, 'x')}) {
    std::string kept;
    EXPECT_FALSE(Read(xorb, &kept).ok()) << xorb.size();
  }
}

class ShardText {
 public:
  ShardText() {
    text_ = std::string("HFRepoMetaData") + std::string(18, '\0'), Number(2), Number(0), Number(0),
    Number(0);
  }
  ShardText& Hash(char fill) { return text_.append(32, fill), *this; }
  ShardText& Number(uint32_t value) {
    text_.append(reinterpret_cast<const char*>(&value), 4);
    return *this;
  }
  ShardText& Four(uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
    return Number(a).Number(b).Number(c).Number(d);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

TEST(XetTest, ReadsAShard) {
  ShardText shard;
  shard.Hash('f').Four(3u << 30, 1, 0, 0);  // A file of one term, verification and SHA-256.
  shard.Hash('x').Four(0, 300, 2, 5);       // The term.
  shard.Hash('v').Four(0, 0, 0, 0);         // Its verification.
  shard.Hash('s').Four(0, 0, 0, 0);         // The SHA-256.
  shard.Hash('\xff').Four(0, 0, 0, 0);      // The end.
  const auto files = ParseShard(shard.text());
  ASSERT_TRUE(files.ok()) << files.status();
  ASSERT_EQ(files->size(), 1u);
  const ShardFile& file = files->front();
  EXPECT_EQ(file.sha256.substr(0, 4), "7373");
  ASSERT_EQ(file.terms.size(), 1u);
  EXPECT_EQ(file.terms[0].raw_bytes, 300u);
  EXPECT_EQ(file.terms[0].first, 2u);
  EXPECT_EQ(file.terms[0].end, 5u);
  EXPECT_TRUE(file.terms[0].verification.has_value());
  for (size_t cut = 0; cut < shard.text().size(); ++cut) {
    EXPECT_FALSE(ParseShard(std::string_view(shard.text()).substr(0, cut)).ok()) << cut;
  }
}

TEST(XetTest, RefusesShardsThatPromiseMoreThanTheyHold) {
  ShardText many;
  many.Hash('f').Four(0, 0xFFFFFFFF, 0, 0);
  EXPECT_FALSE(ParseShard(many.text()).ok());
  ShardText empty_term;
  empty_term.Hash('f').Four(0, 1, 0, 0).Hash('x').Four(0, 1, 5, 5).Hash('\xff').Four(0, 0, 0, 0);
  EXPECT_FALSE(ParseShard(empty_term.text()).ok());
}

}  // namespace
}  // namespace hubmill::local_hub
