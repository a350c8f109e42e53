# SPDX-License-Identifier: Apache-2.0
target_sources(pentimento_core PRIVATE
    edit/composite.cpp
    edit/edit_plan.cpp
    edit/edit_region.cpp
    edit/mask_edit.cpp
    edit/prefill.cpp
    edit/resample.cpp
    image/exif.cpp
    image/jpeg_codec.cpp
    image/mask_reader.cpp
    image/orientation.cpp
    image/picture_reader.cpp
    image/picture_writer.cpp
    image/png_codec.cpp
    image/stb_codec.cpp
    image/webp_codec.cpp
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
