# The shared library, and what `cmake --install` puts where: the program, both libraries, the header, pkg-config's
# simsiam.pc, and the CMake package that find_package(simsiam) finds. The installed tree may be moved as a whole.
file(STRINGS include/siam.h version REGEX "^#define SIAM_VERSION")
if(NOT version MATCHES "\"${PROJECT_VERSION}\"")
    message(FATAL_ERROR "CMakeLists.txt and include/siam.h name different versions")
endif()

# What libsiam links, without the marks of the folders that said so. Imported targets must be GLOBAL to be seen here.
get_target_property(libraries siam LINK_LIBRARIES)
list(FILTER libraries EXCLUDE REGEX "^::@")
foreach(item IN LISTS libraries)
    if(item MATCHES "::" AND NOT TARGET ${item})
        message(FATAL_ERROR "the imported target ${item} must be GLOBAL, for the shared library")
    endif()
endforeach()

add_library(siam_shared SHARED)
target_sources(siam_shared PRIVATE $<TARGET_OBJECTS:siam>)
target_include_directories(siam_shared INTERFACE ${CMAKE_SOURCE_DIR}/include)
target_link_libraries(siam_shared PRIVATE ${libraries})
set_target_properties(siam_shared PROPERTIES OUTPUT_NAME siam VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR} LINKER_LANGUAGE C)
# Hidden visibility does not reach all that compilers make (the choosers of target_clones), so the linker is told, too.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/include/siam.h)
file(STRINGS include/siam.h declarations REGEX "^SIAM_API .*siam_[a-z0-9_]+\\(")
list(TRANSFORM declarations REPLACE "^[^(]*(siam_[a-z0-9_]+)\\(.*" "    \\1")
list(JOIN declarations "@\n" exported)
string(REPLACE "@" "$<SEMICOLON>" exported "${exported}")
file(GENERATE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/siam.map
    CONTENT "SIAM_${PROJECT_VERSION_MAJOR} {\nglobal:\n${exported}$<SEMICOLON>\nlocal:\n    *$<SEMICOLON>\n}$<SEMICOLON>\n")
target_link_options(siam_shared PRIVATE -Wl,--version-script=${CMAKE_CURRENT_BINARY_DIR}/siam.map)
set_target_properties(siam_shared PROPERTIES LINK_DEPENDS ${CMAKE_CURRENT_BINARY_DIR}/siam.map)
if(NOT SIAM_SANITIZE) # the sanitizers' functions are the program's
    target_link_options(siam_shared PRIVATE -Wl,-z,defs)
endif()

# The same as flags, for programs that link libsiam.a.
set(private "")
while(libraries)
    list(POP_FRONT libraries item)
    if(item STREQUAL "OpenMP::OpenMP_C")
        list(APPEND private -fopenmp)
    elseif(item STREQUAL "Threads::Threads")
        list(APPEND private -pthread)
    elseif(item STREQUAL "ZLIB::ZLIB")
        list(APPEND private -lz)
    elseif(item MATCHES "^PkgConfig::")
        get_target_property(files ${item} INTERFACE_LINK_LIBRARIES)
        list(PREPEND libraries ${files})
    elseif(item MATCHES "/lib([^/]*)\\.(so|a)$")
        list(APPEND private -l${CMAKE_MATCH_1})
    elseif(item MATCHES "^[a-z0-9_]+$")
        list(APPEND private -l${item})
    else()
        message(FATAL_ERROR "packaging/install.cmake does not know how to name '${item}' to a linker")
    endif()
endwhile()
list(REMOVE_DUPLICATES private)
list(JOIN private " " SIAM_LIBS_PRIVATE)

# Both files find the prefix from their own place.
set(pkgconfig_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/simsiam)
file(RELATIVE_PATH SIAM_PC_TO_PREFIX /prefix/${pkgconfig_dir} /prefix)
file(RELATIVE_PATH SIAM_PACKAGE_TO_PREFIX /prefix/${package_dir} /prefix)
string(REGEX REPLACE "/$" "" SIAM_PC_TO_PREFIX "${SIAM_PC_TO_PREFIX}")
string(REGEX REPLACE "/$" "" SIAM_PACKAGE_TO_PREFIX "${SIAM_PACKAGE_TO_PREFIX}")
configure_file(packaging/simsiam.pc.in ${CMAKE_CURRENT_BINARY_DIR}/simsiam.pc @ONLY)
configure_file(packaging/simsiam-config.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/simsiam-config.cmake @ONLY)
include(CMakePackageConfigHelpers)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/simsiam-config-version.cmake COMPATIBILITY SameMinorVersion)

install(TARGETS simsiam RUNTIME)
install(TARGETS siam siam_shared)
install(FILES include/siam.h TYPE INCLUDE)
install(FILES LICENSE NOTICE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/simsiam.pc DESTINATION ${pkgconfig_dir})
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/simsiam-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/simsiam-config-version.cmake
    DESTINATION ${package_dir})
