# Rules for Terraform files.  Each has a case that fires and one that does not in
# terraform_test.rego.
#
# input: {"lang": "tf", "document": {...}}: blocks by type and labels as Terraform's JSON syntax has
# them, each with its line as "__line__"; what is not a literal is "${...}".
package hubmill.security

import rego.v1

resources contains {"type": type, "name": name, "block": block} if {
	some type, names in object.get(input, ["document", "resource"], {})
	is_string(type)
	some name, blocks in names
	is_string(name)
	some block in blocks
	is_object(block)
}

# Variables and providers: blocks with one label.
labelled contains {"kind": kind, "name": name, "block": block} if {
	some kind in ["variable", "provider"]
	some name, blocks in object.get(input, ["document", kind], {})
	is_string(name)
	some block in blocks
	is_object(block)
}

tf_finding(id, severity, address, block, msg) := {
	"id": id,
	"severity": severity,
	"msg": sprintf("%s: %s", [address, msg]),
	"line": block.__line__,
}

resource_finding(id, severity, resource, msg) := tf_finding(id, severity, sprintf("%s.%s", [resource.type, resource.name]), resource.block, msg)

open_to_all(cidrs) if {
	is_array(cidrs)
	some cidr in cidrs
	cidr in {"0.0.0.0/0", "::/0"}
}

rule_open_to_all(rule) if open_to_all(object.get(rule, "cidr_blocks", []))

rule_open_to_all(rule) if open_to_all(object.get(rule, "ipv6_cidr_blocks", []))

rule_open_to_all(rule) if rule.cidr_ipv4 == "0.0.0.0/0"

rule_open_to_all(rule) if rule.cidr_ipv6 == "::/0"

# Ports that nobody offers to the whole world.
admin_ports := {22, 23, 445, 1433, 2375, 3306, 3389, 5432, 6379, 9200, 11211, 27017}

# What is no number yet is no port.
port_of(value) := value if is_number(value)

port_of(value) := to_number(value) if {
	is_string(value)
	regex.match(`^[0-9]{1,5}$`, value)
}

covers_admin_port(rule) if {
	some port in admin_ports
	port_of(rule.from_port) <= port
	port_of(rule.to_port) >= port
}

covers_admin_port(rule) if rule.protocol in {"-1", "all"}

ingress_rules contains {"resource": resource, "rule": rule} if {
	some resource in resources
	resource.type in {"aws_security_group", "aws_default_security_group"}
	some rule in resource.block.ingress
	is_object(rule)
}

ingress_rules contains {"resource": resource, "rule": resource.block} if {
	some resource in resources
	resource.type == "aws_security_group_rule"
	resource.block.type == "ingress"
}

ingress_rules contains {"resource": resource, "rule": resource.block} if {
	some resource in resources
	resource.type == "aws_vpc_security_group_ingress_rule"
}

deny contains resource_finding("tf-admin-port-open-to-all", "high", found.resource, msg) if {
	some found in ingress_rules
	rule_open_to_all(found.rule)
	covers_admin_port(found.rule)
	msg := "a port for administration or data is open to every address"
}

deny contains resource_finding("tf-public-bucket", "high", resource, msg) if {
	some resource in resources
	resource.type in {"aws_s3_bucket", "aws_s3_bucket_acl"}
	resource.block.acl in {"public-read", "public-read-write", "website"}
	msg := "everybody can read the bucket"
}

deny contains resource_finding("tf-bucket-access-not-blocked", "med", resource, msg) if {
	some resource in resources
	resource.type == "aws_s3_bucket_public_access_block"
	some key in ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"]
	object.get(resource.block, key, false) == false
	msg := sprintf("%s is off", [key])
}

deny contains resource_finding("tf-public-database", "high", resource, msg) if {
	some resource in resources
	resource.type in {"aws_db_instance", "aws_rds_cluster_instance", "aws_redshift_cluster", "aws_dms_replication_instance"}
	resource.block.publicly_accessible == true
	msg := "the database has a public address"
}

unencrypted_storage := {
	"aws_db_instance": "storage_encrypted",
	"aws_rds_cluster": "storage_encrypted",
	"aws_neptune_cluster": "storage_encrypted",
	"aws_docdb_cluster": "storage_encrypted",
	"aws_ebs_volume": "encrypted",
	"aws_efs_file_system": "encrypted",
	"aws_redshift_cluster": "encrypted",
}

deny contains resource_finding("tf-storage-not-encrypted", "med", resource, msg) if {
	some resource in resources
	key := unencrypted_storage[resource.type]
	object.get(resource.block, key, false) == false
	msg := sprintf("%s is not true", [key])
}

deny contains resource_finding("tf-instance-metadata-v1", "med", resource, msg) if {
	some resource in resources
	resource.type in {"aws_instance", "aws_launch_template"}
	not resource.block.dynamic.metadata_options
	options := object.get(resource.block, "metadata_options", [{}])
	some option in options
	is_object(option)
	not starts_with_reference(object.get(option, "http_tokens", "optional"))
	object.get(option, "http_tokens", "optional") != "required"
	msg := "instance metadata answers without a token (http_tokens)"
}

starts_with_reference(value) if {
	is_string(value)
	startswith(value, "${")
}

secret_words := ["password", "passwd", "secret", "token", "private_key", "access_key", "api_key"]

names_a_secret(name) if {
	some word in secret_words
	contains(lower(name), word)
	not endswith(lower(name), "_name")
	not endswith(lower(name), "_id")
	not endswith(lower(name), "_arn")
	not endswith(lower(name), "_length")
}

deny contains resource_finding("tf-literal-secret", "high", resource, msg) if {
	some resource in resources
	some key, value in resource.block
	is_string(value)
	names_a_secret(key)
	value != ""
	not contains(value, "${")
	msg := sprintf("%s stands in the file", [key])
}

deny contains tf_finding("tf-secret-variable-not-sensitive", "med", sprintf("var.%s", [found.name]), found.block, msg) if {
	some found in labelled
	found.kind == "variable"
	names_a_secret(found.name)
	object.get(found.block, "sensitive", false) == false
	object.get(found.block, "type", "${string}") in {"${string}", "string"}
	msg := "a secret's variable is not sensitive"
}

deny contains tf_finding("tf-secret-default", "high", sprintf("var.%s", [found.name]), found.block, msg) if {
	some found in labelled
	found.kind == "variable"
	names_a_secret(found.name)
	is_string(found.block.default)
	found.block.default != ""
	msg := "a secret has a default in the file"
}

deny contains tf_finding("tf-provider-credentials", "high", sprintf("provider.%s", [found.name]), found.block, msg) if {
	some found in labelled
	found.kind == "provider"
	some key in ["access_key", "secret_key", "token", "password", "client_secret"]
	value := found.block[key]
	is_string(value)
	value != ""
	not contains(value, "${")
	msg := sprintf("%s stands in the file", [key])
}

iam_statements contains {"name": name, "document": document, "statement": statement} if {
	some name, documents in object.get(input, ["document", "data", "aws_iam_policy_document"], {})
	some document in documents
	some statement in document.statement
	is_object(statement)
}

deny contains tf_finding("tf-iam-wildcard", "high", sprintf("data.aws_iam_policy_document.%s", [found.name]), found.document, msg) if {
	some found in iam_statements
	object.get(found.statement, "effect", "Allow") == "Allow"
	"*" in found.statement.actions
	msg := "the policy allows every action"
}

deny contains resource_finding("tf-key-rotation-off", "low", resource, msg) if {
	some resource in resources
	resource.type == "aws_kms_key"
	object.get(resource.block, "enable_key_rotation", false) == false
	object.get(resource.block, "key_usage", "ENCRYPT_DECRYPT") == "ENCRYPT_DECRYPT"
	msg := "the key is never rotated"
}

deny contains resource_finding("tf-public-member", "high", resource, msg) if {
	some resource in resources
	endswith(resource.type, "_iam_member")
	resource.block.member in {"allUsers", "allAuthenticatedUsers"}
	msg := "everybody has the role"
}
