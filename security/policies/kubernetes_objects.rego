# What the rules for Kubernetes look at: the objects of one manifest, their pods and containers.
# A manifest may hold anything anywhere, and OPA is asked to fail where a function meets what it does
# not take: so a value's type is looked at before a function gets it.
#
# input: {"lang": "k8s", "documents": [{"line": 1, "object": {...}}]}
package hubmill.kubernetes

import rego.v1

# A List is as good as its items.
objects contains {"line": document.line, "object": document.object} if {
	some document in input.documents
	is_object(document.object)
	not is_array(object.get(document.object, "items", null))
}

objects contains {"line": document.line, "object": item} if {
	some document in input.documents
	is_object(document.object)
	some item in object.get(document.object, "items", [])
	is_object(item)
}

# Where a pod's specification stands in each kind of workload.
pod_paths := {
	"CronJob": ["spec", "jobTemplate", "spec", "template", "spec"],
	"DaemonSet": ["spec", "template", "spec"],
	"Deployment": ["spec", "template", "spec"],
	"Job": ["spec", "template", "spec"],
	"Pod": ["spec"],
	"ReplicaSet": ["spec", "template", "spec"],
	"ReplicationController": ["spec", "template", "spec"],
	"StatefulSet": ["spec", "template", "spec"],
}

pods contains {"line": found.line, "object": found.object, "spec": spec} if {
	some found in objects
	spec := object.get(found.object, pod_paths[found.object.kind], null)
	is_object(spec)
}

containers contains {"line": pod.line, "object": pod.object, "spec": pod.spec, "container": container} if {
	some pod in pods
	some key in ["containers", "initContainers"]
	some container in object.get(pod.spec, key, [])
	is_object(container)
}

# A setting of the container, else of its pod.
security_setting(found, key, otherwise) := object.get(
	found.container,
	["securityContext", key],
	object.get(found.spec, ["securityContext", key], otherwise),
)

has_items(value) if {
	is_array(value)
	count(value) > 0
}

has_nothing(value) if value in [null, [], {}]

# Kind/namespace/name, as findings name an object.
name_of(thing) := sprintf("%s/%s/%s", [
	object.get(thing, "kind", "?"),
	object.get(thing, ["metadata", "namespace"], "default"),
	object.get(thing, ["metadata", "name"], "?"),
])

container_name(container) := object.get(container, "name", "?")
