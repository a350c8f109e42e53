# SPDX-License-Identifier: Apache-2.0
target_sources(pentimento_core PRIVATE
    io/safetensors_reader.cpp
    io/safetensors_writer.cpp
    io/tensor_store.cpp
)
