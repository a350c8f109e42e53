# SPDX-License-Identifier: Apache-2.0
set(CMAKE_AUTOMOC ON)
qt_add_library(pentimento_bridge STATIC
    bridge/background.h
    bridge/edit_job.h
    bridge/engine_source.h
    bridge/error_text.cpp bridge/error_text.h
    bridge/frame_mailbox.h
    bridge/image_convert.cpp bridge/image_convert.h
    bridge/inference_service.cpp bridge/inference_service.h
    bridge/inference_worker.cpp bridge/inference_worker.h
    bridge/model_catalog.cpp bridge/model_catalog.h
    bridge/picture_files.cpp bridge/picture_files.h
    bridge/request_builder.cpp bridge/request_builder.h
)
target_link_libraries(pentimento_bridge PUBLIC pentimento_widgets pentimento_core)
