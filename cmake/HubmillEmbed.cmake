# hubmill_embed(FOLDER HEADER FUNCTION TARGET): makes FOLDER/*.yaml a C++ table that FUNCTION, declared in
# HEADER, returns, so that the files are part of the binary.
function(hubmill_embed folder header function target)
  file(GLOB files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.yaml)
  set(generated ${CMAKE_BINARY_DIR}/generated/builtin_${folder}.cc)
  add_custom_command(
    OUTPUT ${generated}
    COMMAND ${CMAKE_COMMAND} -DOUT=${generated} "-DFILES=${files}" -DFOLDER=${folder} -DHEADER=${header}
            -DFUNCTION=${function} -P ${CMAKE_SOURCE_DIR}/cmake/EmbedYaml.cmake
    DEPENDS ${files} ${CMAKE_SOURCE_DIR}/cmake/EmbedYaml.cmake
    VERBATIM)
  target_sources(${target} PRIVATE ${generated})
endfunction()
