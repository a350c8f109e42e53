# SPDX-License-Identifier: Apache-2.0
target_sources(pentimento_core PRIVATE
    io/model_folder.cpp
    io/model_info.cpp
    io/model_notes.cpp
    io/model_search.cpp
    io/safetensors_reader.cpp
    io/safetensors_writer.cpp
    io/tensor_store.cpp
    text/byte_pair.cpp
    text/clip_tokenizer.cpp
    text/unicode.cpp
)
