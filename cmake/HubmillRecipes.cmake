# Turns recipes/*.yaml into a C++ table, so that they are part of the binary.
file(GLOB recipe_files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/recipes/*.yaml)
set(generated ${CMAKE_BINARY_DIR}/generated/builtin_recipes.cc)
add_custom_command(
  OUTPUT ${generated}
  COMMAND ${CMAKE_COMMAND} -DOUT=${generated} "-DFILES=${recipe_files}" -DFOLDER=recipes
          -DHEADER=hubmill/hubmill.h -DFUNCTION=BuiltinRecipes -P ${CMAKE_SOURCE_DIR}/cmake/EmbedYaml.cmake
  DEPENDS ${recipe_files} ${CMAKE_SOURCE_DIR}/cmake/EmbedYaml.cmake
  VERBATIM)
target_sources(hubmill_run PRIVATE ${generated})
