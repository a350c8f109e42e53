# SPDX-License-Identifier: Apache-2.0
# One interface target with the warnings and sanitizers that every target of ours is built with.
add_library(pentimento_options INTERFACE)
target_include_directories(pentimento_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_definitions(pentimento_options INTERFACE
    QT_NO_KEYWORDS QT_NO_CAST_FROM_ASCII QT_NO_CAST_TO_ASCII QT_DISABLE_DEPRECATED_BEFORE=0x060400
    PENTIMENTO_VERSION="${PROJECT_VERSION}")
if(MSVC)
    target_compile_options(pentimento_options INTERFACE /W4 /Zc:__cplusplus /permissive- /utf-8 /bigobj
        $<$<BOOL:${PENTIMENTO_WERROR}>:/WX>)
else()
    target_compile_options(pentimento_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
        $<$<BOOL:${PENTIMENTO_WERROR}>:-Werror>)
endif()
if(PENTIMENTO_SANITIZE)
    target_compile_options(pentimento_options INTERFACE -fsanitize=${PENTIMENTO_SANITIZE} -fno-omit-frame-pointer)
    target_link_options(pentimento_options INTERFACE -fsanitize=${PENTIMENTO_SANITIZE})
endif()
# dev keeps assertions: CMake's RelWithDebInfo defines NDEBUG.
string(REPLACE "-DNDEBUG" "" CMAKE_CXX_FLAGS_RELWITHDEBINFO "${CMAKE_CXX_FLAGS_RELWITHDEBINFO}")
