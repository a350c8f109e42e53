# SPDX-License-Identifier: Apache-2.0
set(CMAKE_AUTOMOC ON)
qt_add_library(pentimento_bridge STATIC
    bridge/edit_job.h
    bridge/edit_preview.cpp bridge/edit_preview.h
    bridge/engine_choice.cpp bridge/engine_choice.h
    bridge/engine_source.h
    bridge/error_text.cpp bridge/error_text.h
    bridge/frame_mailbox.h
    bridge/image_convert.cpp bridge/image_convert.h
    bridge/inference_service.cpp bridge/inference_service.h
    bridge/inference_worker.cpp bridge/inference_worker.h
    bridge/model_catalog.cpp bridge/model_catalog.h
    bridge/model_report.cpp bridge/model_report.h
    bridge/paste.cpp bridge/paste.h
    bridge/picture_files.cpp bridge/picture_files.h
    bridge/request_builder.cpp bridge/request_builder.h
)
target_link_libraries(pentimento_bridge PUBLIC pentimento_widgets pentimento_core PRIVATE pentimento_remote)

qt_add_library(pentimento_window STATIC
    window/action_set.cpp window/action_set.h
    window/action_table.cpp window/action_table.h
    window/app_settings.cpp window/app_settings.h
    window/add_on_notices.cpp window/add_on_notices.h
    window/candidate_list.cpp window/candidate_list.h
    window/control_controller.cpp window/control_controller.h
    window/document_controller.cpp window/document_controller.h
    window/editor_main.cpp window/editor_main.h
    window/generate_controller.cpp window/generate_controller.h
    window/help_pages.cpp window/help_pages.h
    window/log_hub.cpp window/log_hub.h
    window/main_window.cpp window/main_window.h window/main_window_parts.cpp
    window/model_controller.cpp window/model_controller.h
    window/model_manager.cpp window/model_manager.h
)
target_link_libraries(pentimento_window PUBLIC pentimento_bridge)
