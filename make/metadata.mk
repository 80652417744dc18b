# The make targets of the project whose script `hubmill metadata` replaces (docs/recipes/metadata.md).
#   make hf-e1-meta E1_DATA_DIR=samples/metadata
HF_ORG ?= intertwine-ai
E1_DATA_DIR ?= environments/sv-env-network-logs/data
E2_DATA_DIR ?= environments/sv-env-config-verification/data
hubmill_metadata = build/release/hubmill metadata --env $(1) --out build/hf/$(1)/meta.jsonl \
  --data-dir $(2) $(if $(CREATED_AT),--created-at $(CREATED_AT))

.PHONY: hf-e1-meta hf-e2-meta hf-e1p-meta hf-e2p-meta hf-e1-push hf-e2-push hf-e1p-push hf-e2p-push hf-push-all

hf-e1-meta hf-e1p-meta: build
	@$(call hubmill_metadata,e1,$(E1_DATA_DIR))

hf-e2-meta hf-e2p-meta: build
	@$(call hubmill_metadata,e2,$(E2_DATA_DIR))

hf-e1-push: build
	@$(call hubmill_metadata,e1,$(E1_DATA_DIR)) --push --public --repo $(HF_ORG)/security-verifiers-e1-metadata

hf-e2-push: build
	@$(call hubmill_metadata,e2,$(E2_DATA_DIR)) --push --public --repo $(HF_ORG)/security-verifiers-e2-metadata

hf-e1p-push: build
	@$(call hubmill_metadata,e1,$(E1_DATA_DIR)) --push --private --repo $(HF_ORG)/security-verifiers-e1

hf-e2p-push: build
	@$(call hubmill_metadata,e2,$(E2_DATA_DIR)) --push --private --repo $(HF_ORG)/security-verifiers-e2

hf-push-all: hf-e1-push hf-e2-push hf-e1p-push hf-e2p-push
