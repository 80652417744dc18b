# hubmill_embed(FOLDER HEADER FUNCTION TARGET [PATTERN]): makes the files of FOLDER (*.yaml) a C++ table of name
# and text that FUNCTION, declared in HEADER, returns, so that they are part of the binary.  PATTERN ** means
# all files below FOLDER, each with its path.
function(hubmill_embed folder header function target)
  set(pattern *.yaml)
  if(ARGN)
    set(pattern ${ARGN})
  endif()
  if(pattern STREQUAL "**")
    file(GLOB_RECURSE files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*)
  else()
    file(GLOB files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/${pattern})
  endif()
  list(FILTER files EXCLUDE REGEX "/\\.[^/]*$|\\.whl$")
  string(REGEX REPLACE "[/-]" _ name ${folder})
  set(generated ${CMAKE_BINARY_DIR}/generated/builtin_${name}.cc)
  add_custom_command(
    OUTPUT ${generated}
    COMMAND ${CMAKE_COMMAND} -DOUT=${generated} "-DFILES=${files}" -DFOLDER=${folder} "-DROOT=${CMAKE_SOURCE_DIR}/${folder}"
            -DHEADER=${header}
            -DFUNCTION=${function} -P ${CMAKE_SOURCE_DIR}/cmake/EmbedFiles.cmake
    DEPENDS ${files} ${CMAKE_SOURCE_DIR}/cmake/EmbedFiles.cmake
    VERBATIM)
  target_sources(${target} PRIVATE ${generated})
endfunction()
