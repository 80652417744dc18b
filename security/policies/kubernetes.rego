# Rules for Kubernetes manifests.  Each has a case that fires and one that does not in
# kubernetes_test.rego.
package hubmill.security

import data.hubmill.kubernetes
import rego.v1

finding(id, severity, found, msg) := {
	"id": id,
	"severity": severity,
	"msg": msg,
	"line": found.line,
	"object": kubernetes.name_of(found.object),
}

deny contains finding("k8s-privileged-container", "high", found, msg) if {
	some found in kubernetes.containers
	found.container.securityContext.privileged == true
	msg := sprintf("container %q is privileged: it owns the node", [kubernetes.container_name(found.container)])
}

deny contains finding("k8s-host-namespace", "high", found, msg) if {
	some found in kubernetes.pods
	some key in ["hostNetwork", "hostPID", "hostIPC"]
	found.spec[key] == true
	msg := sprintf("the pod shares the node's namespace: %s", [key])
}

dangerous_capabilities := {"ALL", "SYS_ADMIN", "SYS_PTRACE", "SYS_MODULE", "NET_ADMIN", "NET_RAW", "DAC_OVERRIDE", "BPF"}

deny contains finding("k8s-dangerous-capability", "high", found, msg) if {
	some found in kubernetes.containers
	some capability in found.container.securityContext.capabilities.add
	is_string(capability)
	upper(trim_prefix(capability, "CAP_")) in dangerous_capabilities
	msg := sprintf("container %q adds the capability %s", [kubernetes.container_name(found.container), capability])
}

deny contains finding("k8s-host-path", "med", found, msg) if {
	some found in kubernetes.pods
	some volume in found.spec.volumes
	is_object(volume.hostPath)
	msg := sprintf("volume %q mounts the node's %s", [object.get(volume, "name", "?"), object.get(volume.hostPath, "path", "?")])
}

deny contains finding("k8s-may-run-as-root", "med", found, msg) if {
	some found in kubernetes.containers
	kubernetes.security_setting(found, "runAsNonRoot", false) != true
	kubernetes.security_setting(found, "runAsUser", 0) == 0
	msg := sprintf("container %q may run as root", [kubernetes.container_name(found.container)])
}

deny contains finding("k8s-writable-root-filesystem", "low", found, msg) if {
	some found in kubernetes.containers
	object.get(found.container, ["securityContext", "readOnlyRootFilesystem"], false) != true
	msg := sprintf("container %q can write to its root file system", [kubernetes.container_name(found.container)])
}

deny contains finding("k8s-no-memory-limit", "low", found, msg) if {
	some found in kubernetes.containers
	object.get(found.container, ["resources", "limits", "memory"], "") == ""
	msg := sprintf("container %q has no memory limit", [kubernetes.container_name(found.container)])
}

deny contains finding("k8s-cluster-admin", "high", found, msg) if {
	some found in kubernetes.objects
	found.object.kind in {"ClusterRoleBinding", "RoleBinding"}
	found.object.roleRef.name == "cluster-admin"
	msg := "the binding gives away the whole cluster"
}

deny contains finding("k8s-wildcard-role", "high", found, msg) if {
	some found in kubernetes.objects
	found.object.kind in {"ClusterRole", "Role"}
	some rule in found.object.rules
	"*" in rule.verbs
	"*" in rule.resources
	msg := "the role may do everything with everything"
}

deny contains finding("k8s-secret-in-manifest", "high", found, msg) if {
	some found in kubernetes.objects
	found.object.kind == "Secret"
	some key in ["data", "stringData"]
	some name, value in found.object[key]
	is_string(value)
	value != ""
	msg := sprintf("the value of %q stands in the manifest", [name])
}

deny contains finding("k8s-ingress-without-tls", "med", found, msg) if {
	some found in kubernetes.objects
	found.object.kind == "Ingress"
	kubernetes.has_nothing(object.get(found.object, ["spec", "tls"], null))
	msg := "the ingress serves without TLS"
}

deny contains finding("k8s-service-external-ips", "med", found, msg) if {
	some found in kubernetes.objects
	found.object.kind == "Service"
	kubernetes.has_items(object.get(found.object, ["spec", "externalIPs"], []))
	msg := "externalIPs can take over traffic to other addresses"
}
