# The make targets of the project whose scripts `hubmill security` replaces (docs/recipes/security.md).
#   make data-e1 E1_INPUT=conn.log.labeled LIMIT=100
#   make hf-e1p-push-canonical HF_ORG=alice
# Empty: what the command itself would take.
LIMIT ?=
N ?=
HF_ID ?=
CIC_ID ?=
UNSW_ID ?=
E1_INPUT ?=
CIC_INPUT ?=
UNSW_INPUT ?=
K8S_ROOT ?= scripts/data/sources/kubernetes
TF_ROOT ?= scripts/data/sources/terraform
REGO_DIR ?=
PATCHES_DIR ?=
MODE ?= full
GATED ?=
LOCK ?=
MIRROR ?=
hubmill_security = build/release/hubmill security
FLOW_SAMPLES := samples/security/flows

.PHONY: data-e1 data-e1-ood data-e1-test data-e2-local data-e2-test data-all data-test-all \
  clone-e2-sources validate-data validate-e1-data validate-e2-data hf-push-meta hf-push-all \
  hf-e1p-push-canonical hf-e2p-push-canonical hf-e1p-push-canonical-dry hf-e2p-push-canonical-dry

data-e1: build
	@$(hubmill_security) build-iot23 --mode full --outdir $(E1_DATA_DIR) $(if $(LIMIT),--limit $(LIMIT)) \
	  $(if $(HF_ID),--hf-id $(HF_ID)) $(if $(E1_INPUT),--input $(E1_INPUT))

data-e1-ood: build
	@$(hubmill_security) build-ood --mode full --outdir $(E1_DATA_DIR) $(if $(N),--n $(N)) \
	  $(if $(CIC_ID),--hf-id cic=$(CIC_ID)) $(if $(UNSW_ID),--hf-id unsw=$(UNSW_ID)) \
	  $(if $(CIC_INPUT),--input cic=$(CIC_INPUT)) $(if $(UNSW_INPUT),--input unsw=$(UNSW_INPUT))

# From the samples, so that it needs no network.
data-e1-test: build
	@$(hubmill_security) build-iot23 --mode test --outdir $(E1_DATA_DIR) \
	  --input $(or $(E1_INPUT),$(FLOW_SAMPLES)/conn.log.labeled)
	@$(hubmill_security) build-ood --mode test --outdir $(E1_DATA_DIR) \
	  --input cic=$(or $(CIC_INPUT),$(FLOW_SAMPLES)/cic-ids-2017.csv) --input unsw=$(or $(UNSW_INPUT),$(FLOW_SAMPLES)/unsw-nb15.csv)

clone-e2-sources: build
	@$(hubmill_security) clone-sources $(if $(LOCK),--lock $(LOCK)) $(if $(MIRROR),--mirror $(MIRROR))

data-e2-local: build
	@$(hubmill_security) build-k8s-tf --mode $(MODE) --k8s-root $(K8S_ROOT) --tf-root $(TF_ROOT) \
	  --outdir $(E2_DATA_DIR) $(if $(REGO_DIR),--rego-dir $(REGO_DIR)) $(if $(PATCHES_DIR),--patches-dir $(PATCHES_DIR))

data-e2-test: build
	@$(hubmill_security) build-k8s-tf --mode test --outdir $(E2_DATA_DIR)

data-all: data-e1 data-e1-ood
data-test-all: data-e1-test data-e2-test

validate-e1-data: build
	@$(hubmill_security) validate splits --env e1 --dir $(E1_DATA_DIR)
	@$(hubmill_security) validate deep --env e1 --data-dir $(E1_DATA_DIR)

validate-e2-data: build
	@$(hubmill_security) validate splits --env e2 --dir $(E2_DATA_DIR)
	@$(hubmill_security) validate deep --env e2 --data-dir $(E2_DATA_DIR)

validate-data: validate-e1-data validate-e2-data

# $(1): the set; $(2): its data; more options.
hubmill_canonical = $(hubmill_security) push-canonical --env $(1) --data-dir $(2) \
  --repo $(HF_ORG)/security-verifiers-$(1) $(if $(GATED),--gated $(GATED))

hf-e1p-push-canonical: validate-e1-data
	@$(call hubmill_canonical,e1,$(E1_DATA_DIR))

hf-e2p-push-canonical: validate-e2-data
	@$(call hubmill_canonical,e2,$(E2_DATA_DIR))

hf-e1p-push-canonical-dry: build
	@$(call hubmill_canonical,e1,$(E1_DATA_DIR)) --dry-run

hf-e2p-push-canonical-dry: build
	@$(call hubmill_canonical,e2,$(E2_DATA_DIR)) --dry-run

# The validators judge everything before the first push of anything.
hf-push-meta: hf-e1-push hf-e2-push hf-e1p-push hf-e2p-push
hf-push-all: validate-data
	@$(MAKE) --no-print-directory -o build hf-push-meta
	@$(MAKE) --no-print-directory -o build hf-e1p-push-canonical
	@$(MAKE) --no-print-directory -o build hf-e2p-push-canonical
