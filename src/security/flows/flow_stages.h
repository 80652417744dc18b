// Source `flows` and the stages flow_prompt, flow_labels, flow_contradictions, flow_sample,
// flow_sample_compat and flow_record; their pages in docs/stages.md are the texts of these entries.
#pragma once

#include "core/registry.h"

namespace hubmill {

SourceEntry FlowsSource();
StageEntry FlowPromptStage();
StageEntry FlowLabelsStage();
StageEntry FlowContradictionsStage();
StageEntry FlowSampleStage();
StageEntry FlowSampleCompatStage();
StageEntry FlowRecordStage();

/// Columns that flow_prompt makes and the other stages read.
inline constexpr char kFlowQuestion[] = "question";
inline constexpr char kFlowAnswer[] = "answer";
inline constexpr char kFlowLabel[] = "label";
inline constexpr char kFlowSource[] = "source";
inline constexpr char kFlowScenario[] = "scenario";
inline constexpr char kFlowFamily[] = "attack_family";
inline constexpr char kFlowHash[] = "hash";
inline constexpr char kFlowSplit[] = "split";  // Of flow_sample.

}  // namespace hubmill
