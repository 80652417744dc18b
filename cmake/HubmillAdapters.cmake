# Turns adapters/*.yaml into a C++ table, so that they are part of the binary.
file(GLOB adapter_files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/adapters/*.yaml)
set(generated_adapters ${CMAKE_BINARY_DIR}/generated/builtin_adapters.cc)
add_custom_command(
  OUTPUT ${generated_adapters}
  COMMAND ${CMAKE_COMMAND} -DOUT=${generated_adapters} "-DFILES=${adapter_files}" -DFOLDER=adapters
          -DHEADER=llm/adapter.h -DFUNCTION=BuiltinAdapters -P ${CMAKE_SOURCE_DIR}/cmake/EmbedYaml.cmake
  DEPENDS ${adapter_files} ${CMAKE_SOURCE_DIR}/cmake/EmbedYaml.cmake
  VERBATIM)
target_sources(hubmill_llm PRIVATE ${generated_adapters})
