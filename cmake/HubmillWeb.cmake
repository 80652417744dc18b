# hubmill_web(HEADER FUNCTION TARGET): bundles web/ with esbuild, only when something of it changed, and makes the
# three compressed files a C++ table as hubmill_embed does.  Node is needed to build, not to run.
find_program(NODE node)
function(hubmill_web header function target)
  if(NOT NODE)
    message(FATAL_ERROR "No node, which bundles web/: run `scripts/setup.sh web`")
  endif()
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/web/src/*)
  set(folder ${CMAKE_BINARY_DIR}/generated/web)
  set(files ${folder}/index.html.gz ${folder}/app.js.gz ${folder}/app.css.gz)
  add_custom_command(
    OUTPUT ${files}
    COMMAND ${NODE} ${CMAKE_SOURCE_DIR}/web/build.mjs ${folder}
    DEPENDS ${sources} ${CMAKE_SOURCE_DIR}/web/build.mjs ${CMAKE_SOURCE_DIR}/web/index.html
            ${CMAKE_SOURCE_DIR}/web/package-lock.json
    VERBATIM)
  set(generated ${CMAKE_BINARY_DIR}/generated/builtin_web.cc)
  add_custom_command(
    OUTPUT ${generated}
    COMMAND ${CMAKE_COMMAND} -DOUT=${generated} "-DFILES=${files}" -DFOLDER=web "-DROOT=${folder}" -DHEADER=${header}
            -DFUNCTION=${function} -DBYTES=ON -P ${CMAKE_SOURCE_DIR}/cmake/EmbedFiles.cmake
    DEPENDS ${files} ${CMAKE_SOURCE_DIR}/cmake/EmbedFiles.cmake
    VERBATIM)
  target_sources(${target} PRIVATE ${generated})
endfunction()
