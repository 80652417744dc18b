# Each rule fires on what it is about, and not on its neighbour.
package hubmill.security_test

import data.hubmill.security
import rego.v1

kubernetes_ids(document) := {f.id | some f in security.deny with input as {"lang": "k8s", "documents": [{"line": 1, "object": document}]}}

test_k8s_privileged_container_fires if "k8s-privileged-container" in kubernetes_ids({"kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [{"name": "a", "securityContext": {"privileged": true}}]}})

test_k8s_privileged_container_is_quiet if not "k8s-privileged-container" in kubernetes_ids({"kind": "Pod", "spec": {"containers": [{"name": "a", "securityContext": {"privileged": false}}]}})

test_k8s_host_namespace_fires if "k8s-host-namespace" in kubernetes_ids({"kind": "Deployment", "spec": {"template": {"spec": {"hostPID": true}}}})

test_k8s_host_namespace_is_quiet if not "k8s-host-namespace" in kubernetes_ids({"kind": "Deployment", "spec": {"template": {"spec": {"hostPID": false}}}})

test_k8s_dangerous_capability_fires if "k8s-dangerous-capability" in kubernetes_ids({"kind": "Pod", "spec": {"initContainers": [{"name": "a", "securityContext": {"capabilities": {"add": ["CAP_SYS_ADMIN"]}}}]}})

test_k8s_dangerous_capability_is_quiet if not "k8s-dangerous-capability" in kubernetes_ids({"kind": "Pod", "spec": {"containers": [{"name": "a", "securityContext": {"capabilities": {"add": ["NET_BIND_SERVICE"]}}}]}})

test_k8s_host_path_fires if "k8s-host-path" in kubernetes_ids({"kind": "DaemonSet", "spec": {"template": {"spec": {"volumes": [{"name": "v", "hostPath": {"path": "/etc"}}]}}}})

test_k8s_host_path_is_quiet if not "k8s-host-path" in kubernetes_ids({"kind": "DaemonSet", "spec": {"template": {"spec": {"volumes": [{"name": "v", "emptyDir": {}}]}}}})

test_k8s_may_run_as_root_fires if "k8s-may-run-as-root" in kubernetes_ids({"kind": "CronJob", "spec": {"jobTemplate": {"spec": {"template": {"spec": {"containers": [{"name": "a"}]}}}}}})

test_k8s_may_run_as_root_is_quiet if not "k8s-may-run-as-root" in kubernetes_ids({"kind": "Pod", "spec": {"securityContext": {"runAsNonRoot": true}, "containers": [{"name": "a"}]}})

test_k8s_writable_root_filesystem_fires if "k8s-writable-root-filesystem" in kubernetes_ids({"kind": "List", "items": [{"kind": "Pod", "spec": {"containers": [{"name": "a"}]}}]})

test_k8s_writable_root_filesystem_is_quiet if not "k8s-writable-root-filesystem" in kubernetes_ids({"kind": "Pod", "spec": {"containers": [{"name": "a", "securityContext": {"readOnlyRootFilesystem": true}}]}})

test_k8s_no_memory_limit_fires if "k8s-no-memory-limit" in kubernetes_ids({"kind": "Pod", "spec": {"containers": [{"name": "a", "resources": {"limits": {"cpu": "1"}}}]}})

test_k8s_no_memory_limit_is_quiet if not "k8s-no-memory-limit" in kubernetes_ids({"kind": "Pod", "spec": {"containers": [{"name": "a", "resources": {"limits": {"memory": "1Gi"}}}]}})

test_k8s_cluster_admin_fires if "k8s-cluster-admin" in kubernetes_ids({"kind": "ClusterRoleBinding", "roleRef": {"name": "cluster-admin"}})

test_k8s_cluster_admin_is_quiet if not "k8s-cluster-admin" in kubernetes_ids({"kind": "ClusterRoleBinding", "roleRef": {"name": "view"}})

test_k8s_wildcard_role_fires if "k8s-wildcard-role" in kubernetes_ids({"kind": "Role", "rules": [{"verbs": ["*"], "resources": ["*"]}]})

test_k8s_wildcard_role_is_quiet if not "k8s-wildcard-role" in kubernetes_ids({"kind": "Role", "rules": [{"verbs": ["*"], "resources": ["pods"]}]})

test_k8s_secret_in_manifest_fires if "k8s-secret-in-manifest" in kubernetes_ids({"kind": "Secret", "stringData": {"password": "x"}})

test_k8s_secret_in_manifest_is_quiet if not "k8s-secret-in-manifest" in kubernetes_ids({"kind": "Secret", "stringData": {}})

test_k8s_ingress_without_tls_fires if "k8s-ingress-without-tls" in kubernetes_ids({"kind": "Ingress", "spec": {"rules": []}})

test_k8s_ingress_without_tls_is_quiet if not "k8s-ingress-without-tls" in kubernetes_ids({"kind": "Ingress", "spec": {"tls": [{"hosts": ["a"]}]}})

test_k8s_service_external_ips_fires if "k8s-service-external-ips" in kubernetes_ids({"kind": "Service", "spec": {"externalIPs": ["1.2.3.4"]}})

test_k8s_service_external_ips_is_quiet if not "k8s-service-external-ips" in kubernetes_ids({"kind": "Service", "spec": {}})

test_an_ingress_with_no_list_of_hosts_is_without_tls if "k8s-ingress-without-tls" in kubernetes_ids({"kind": "Ingress", "spec": {"tls": null}})
