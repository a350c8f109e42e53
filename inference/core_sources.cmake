# SPDX-License-Identifier: Apache-2.0
target_sources(pentimento_core PRIVATE
)
