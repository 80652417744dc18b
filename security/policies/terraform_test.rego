# Each rule fires on what it is about, and not on its neighbour.
package hubmill.security_test

import data.hubmill.security
import rego.v1

terraform_ids(document) := {f.id | some f in security.deny with input as {"lang": "tf", "document": document}}

test_tf_admin_port_open_to_all_fires if "tf-admin-port-open-to-all" in terraform_ids({"resource": {"aws_security_group": {"x": [{"ingress": [{"__line__": 4, "from_port": 0, "to_port": 100, "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"]}], "__line__": 3}]}}})

test_tf_admin_port_open_to_all_is_quiet if not "tf-admin-port-open-to-all" in terraform_ids({"resource": {"aws_security_group": {"x": [{"ingress": [{"__line__": 4, "from_port": 443, "to_port": 443, "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"]}], "__line__": 3}]}}})

test_tf_public_bucket_fires if "tf-public-bucket" in terraform_ids({"resource": {"aws_s3_bucket": {"x": [{"acl": "public-read", "__line__": 3}]}}})

test_tf_public_bucket_is_quiet if not "tf-public-bucket" in terraform_ids({"resource": {"aws_s3_bucket": {"x": [{"acl": "private", "__line__": 3}]}}})

test_tf_bucket_access_not_blocked_fires if "tf-bucket-access-not-blocked" in terraform_ids({"resource": {"aws_s3_bucket_public_access_block": {"x": [{"block_public_acls": true, "__line__": 3}]}}})

test_tf_bucket_access_not_blocked_is_quiet if not "tf-bucket-access-not-blocked" in terraform_ids({"resource": {"aws_s3_bucket_public_access_block": {"x": [{"block_public_acls": true, "block_public_policy": true, "ignore_public_acls": true, "restrict_public_buckets": true, "__line__": 3}]}}})

test_tf_public_database_fires if "tf-public-database" in terraform_ids({"resource": {"aws_db_instance": {"x": [{"publicly_accessible": true, "__line__": 3}]}}})

test_tf_public_database_is_quiet if not "tf-public-database" in terraform_ids({"resource": {"aws_db_instance": {"x": [{"publicly_accessible": "${var.public}", "__line__": 3}]}}})

test_tf_storage_not_encrypted_fires if "tf-storage-not-encrypted" in terraform_ids({"resource": {"aws_ebs_volume": {"x": [{"size": 1, "__line__": 3}]}}})

test_tf_storage_not_encrypted_is_quiet if not "tf-storage-not-encrypted" in terraform_ids({"resource": {"aws_ebs_volume": {"x": [{"encrypted": "${var.encrypted}", "__line__": 3}]}}})

test_tf_instance_metadata_v1_fires if "tf-instance-metadata-v1" in terraform_ids({"resource": {"aws_instance": {"x": [{"ami": "a", "__line__": 3}]}}})

test_tf_instance_metadata_v1_is_quiet if not "tf-instance-metadata-v1" in terraform_ids({"resource": {"aws_instance": {"x": [{"metadata_options": [{"__line__": 4, "http_tokens": "required"}], "__line__": 3}]}}})

test_tf_literal_secret_fires if "tf-literal-secret" in terraform_ids({"resource": {"aws_db_instance": {"x": [{"password": "hunter2hunter2", "__line__": 3}]}}})

test_tf_literal_secret_is_quiet if not "tf-literal-secret" in terraform_ids({"resource": {"aws_db_instance": {"x": [{"password": "${var.password}", "__line__": 3}]}}})

test_tf_secret_variable_not_sensitive_fires if "tf-secret-variable-not-sensitive" in terraform_ids({"variable": {"db_password": [{"__line__": 1, "type": "${string}"}]}})

test_tf_secret_variable_not_sensitive_is_quiet if not "tf-secret-variable-not-sensitive" in terraform_ids({"variable": {"db_password": [{"__line__": 1, "sensitive": true}]}})

test_tf_secret_default_fires if "tf-secret-default" in terraform_ids({"variable": {"db_password": [{"__line__": 1, "default": "x", "sensitive": true}]}})

test_tf_secret_default_is_quiet if not "tf-secret-default" in terraform_ids({"variable": {"db_password": [{"__line__": 1, "default": "", "sensitive": true}]}})

test_tf_provider_credentials_fires if "tf-provider-credentials" in terraform_ids({"provider": {"aws": [{"__line__": 1, "access_key": "AKIA"}]}})

test_tf_provider_credentials_is_quiet if not "tf-provider-credentials" in terraform_ids({"provider": {"aws": [{"__line__": 1, "access_key": "${var.key}"}]}})

test_tf_iam_wildcard_fires if "tf-iam-wildcard" in terraform_ids({"data": {"aws_iam_policy_document": {"d": [{"__line__": 1, "statement": [{"__line__": 2, "actions": ["*"], "resources": ["*"]}]}]}}})

test_tf_iam_wildcard_is_quiet if not "tf-iam-wildcard" in terraform_ids({"data": {"aws_iam_policy_document": {"d": [{"__line__": 1, "statement": [{"__line__": 2, "effect": "Deny", "actions": ["*"]}]}]}}})

test_tf_key_rotation_off_fires if "tf-key-rotation-off" in terraform_ids({"resource": {"aws_kms_key": {"x": [{"description": "k", "__line__": 3}]}}})

test_tf_key_rotation_off_is_quiet if not "tf-key-rotation-off" in terraform_ids({"resource": {"aws_kms_key": {"x": [{"enable_key_rotation": true, "__line__": 3}]}}})

test_tf_public_member_fires if "tf-public-member" in terraform_ids({"resource": {"google_storage_bucket_iam_member": {"x": [{"member": "allUsers", "__line__": 3}]}}})

test_tf_public_member_is_quiet if not "tf-public-member" in terraform_ids({"resource": {"google_storage_bucket_iam_member": {"x": [{"member": "user:a", "__line__": 3}]}}})

admin_rule(from, to) := {"resource": {"aws_security_group": {"x": [{"ingress": [{"from_port": from, "to_port": to, "cidr_blocks": ["0.0.0.0/0"]}], "__line__": 3}]}}}

test_quoted_ports_are_ports if "tf-admin-port-open-to-all" in terraform_ids(admin_rule("22", "22"))

test_unknown_ports_are_no_ports if {
	not "tf-admin-port-open-to-all" in terraform_ids(admin_rule(0, "${var.port}"))
	not "tf-admin-port-open-to-all" in terraform_ids(admin_rule(null, 65535))
}

test_dynamic_metadata_options_are_unknown if not "tf-instance-metadata-v1" in terraform_ids({"resource": {"aws_instance": {"x": [{"dynamic": {"metadata_options": [{"for_each": "${var.o}"}]}, "__line__": 3}]}}})
