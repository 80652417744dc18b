# The make targets of the project whose script `hubmill metadata` replaces (docs/recipes/metadata.md).
#   make hf-e1-meta E1_DATA_DIR=samples/metadata
HF_ORG ?= intertwine-ai
E1_DATA_DIR ?= environments/sv-env-network-logs/data
E2_DATA_DIR ?= environments/sv-env-config-verification/data
# One time for all tables of a run of make.
ifeq ($(CREATED_AT)$(SOURCE_DATE_EPOCH),)
CREATED_AT := $(shell date -u +%Y-%m-%dT%H:%M:%SZ)
endif
# $(1): the set; $(2): its data; $(3): the folder of the table, which no other target writes at the
# same time, so that `make -j` may run all of them.
hubmill_metadata = build/release/hubmill metadata --env $(1) --out build/hf/$(3)/meta.jsonl \
  --data-dir $(2) $(if $(CREATED_AT),--created-at $(CREATED_AT))

.PHONY: hf-e1-meta hf-e2-meta hf-e1p-meta hf-e2p-meta hf-e1-push hf-e2-push hf-e1p-push hf-e2p-push

hf-e1-meta: build
	@$(call hubmill_metadata,e1,$(E1_DATA_DIR),e1)

hf-e2-meta: build
	@$(call hubmill_metadata,e2,$(E2_DATA_DIR),e2)

hf-e1p-meta: build
	@$(call hubmill_metadata,e1,$(E1_DATA_DIR),e1p)

hf-e2p-meta: build
	@$(call hubmill_metadata,e2,$(E2_DATA_DIR),e2p)

hf-e1-push: hf-e1-meta
	@$(call hubmill_metadata,e1,$(E1_DATA_DIR),e1) --push --public --repo $(HF_ORG)/security-verifiers-e1-metadata

hf-e2-push: hf-e2-meta
	@$(call hubmill_metadata,e2,$(E2_DATA_DIR),e2) --push --public --repo $(HF_ORG)/security-verifiers-e2-metadata

hf-e1p-push: hf-e1p-meta
	@$(call hubmill_metadata,e1,$(E1_DATA_DIR),e1p) --push --private --repo $(HF_ORG)/security-verifiers-e1

hf-e2p-push: hf-e2p-meta
	@$(call hubmill_metadata,e2,$(E2_DATA_DIR),e2p) --push --private --repo $(HF_ORG)/security-verifiers-e2

