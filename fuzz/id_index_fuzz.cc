// Any bytes as an index of ids: no crash, no hang, and rows in order.
#include <arrow/buffer.h>
#include <arrow/io/memory.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "io/id_index.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  arrow::io::BufferReader reader(arrow::Buffer::FromString(bytes));
  for (const char* id : {"", "1", "19f0e14e7958c4293a5358d46af405f85f2d0697"}) {
    const auto rows = hubmill::FindId(reader, "fuzz", id);
    if (rows.ok() && rows->size() > size / 10) std::abort();
  }
  return 0;
}
