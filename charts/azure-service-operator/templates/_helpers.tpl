{{/* Names and conditions that more than one template needs. */}}

{{- define "aso.mode" -}}{{ .Values.azureOperatorMode | default "" | lower }}{{- end -}}

{{/* The part of an installation that a cluster has once: CRDs, ClusterRoles, the admission policy. */}}
{{- define "aso.isClusterPart" -}}
{{- if and (or (not .Values.multitenant.enable) (eq (include "aso.mode" .) "webhooks")) (eq .Values.rbac.scope "cluster") -}}true{{- end -}}
{{- end -}}

{{- define "aso.managesCrds" -}}
{{- if and (include "aso.isClusterPart" .) .Values.installCRDs (ne (.Values.crdManagement | default "") "none") -}}true{{- end -}}
{{- end -}}

{{/* This release reconciles objects. */}}
{{- define "aso.reconciles" -}}
{{- if or (not .Values.multitenant.enable) (eq (include "aso.mode" .) "watchers") -}}true{{- end -}}
{{- end -}}

{{/* A value as text: nothing for null, and all digits of a number, of which Helm makes 2e+06 when it comes from a file. */}}
{{- define "aso.plain" -}}
{{- if and (kindIs "float64" .) (eq (floor .) .) -}}{{ int64 . }}{{- else if not (kindIs "invalid" .) -}}{{ . }}{{- end -}}
{{- end -}}

{{/* Labels or annotations: what is no text, such as true or 1, is made one, for the API server takes nothing else. */}}
{{- define "aso.texts" -}}
{{- $texts := dict -}}
{{- range $key, $value := . }}{{ $_ := set $texts $key (include "aso.plain" $value) }}{{ end -}}
{{- toYaml $texts -}}
{{- end -}}

{{- define "aso.ownLabels" -}}
app.kubernetes.io/name: azure-service-operator
app.kubernetes.io/version: {{ .Chart.AppVersion }}
{{- end -}}

{{- define "aso.labels" -}}
{{- include "aso.texts" (merge (include "aso.ownLabels" . | fromYaml) (.Values.commonLabels | default dict)) -}}
{{- end -}}

{{/* The selector's label must stay; podLabels win over commonLabels. */}}
{{- define "aso.podLabels" -}}
{{- $own := merge (dict "control-plane" "controller-manager") (include "aso.ownLabels" . | fromYaml) -}}
{{- if .Values.aadPodIdentity.enable -}}{{- $_ := set $own "aadpodidbinding" "aso-manager-binding" -}}{{- end -}}
{{- include "aso.texts" (merge $own (.Values.podLabels | default dict) (.Values.commonLabels | default dict)) -}}
{{- end -}}

{{- define "aso.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (ternary "azureserviceoperator-default" "default" .Values.serviceAccount.create) -}}
{{- end -}}

{{- define "aso.subject" -}}
- kind: ServiceAccount
  name: {{ include "aso.serviceAccountName" . }}
  namespace: {{ .Release.Namespace }}
{{- end -}}

{{/* Bindings of several releases in one cluster must not share a name. */}}
{{- define "aso.bindingSuffix" -}}
{{- if .Values.multitenant.enable -}}-{{ .Release.Namespace }}{{- end -}}
{{- end -}}

{{- define "aso.image" -}}
{{- $image := tpl .Values.image.repository . -}}
{{- if contains "mcr.microsoft.com/k8s/azureserviceoperator" $image -}}
{{- fail (printf "image is '%s', which is the original's and cannot run as this chart starts it; leave image.repositoryBase, image.tag and image.repository out, or let them name this operator's image" $image) -}}
{{- end -}}
{{- if .Values.image.digest -}}
{{- regexReplaceAll "(@.*|:[^:/]*)$" $image "" -}}@{{ .Values.image.digest }}
{{- else -}}
{{- $image -}}
{{- end -}}
{{- end -}}

{{/* The certificate of the metrics server comes from a Secret. */}}
{{- define "aso.mountsCertificate" -}}
{{- if and .Values.metrics.enable .Values.metrics.secure .Values.metrics.certificateSecret -}}true{{- end -}}
{{- end -}}

{{/* Text without the line end that a block of YAML leaves, a list joined: (list value separator). */}}
{{- define "aso.joined" -}}
{{- $value := index . 0 -}}
{{- if kindIs "slice" $value -}}{{ join (index . 1) $value }}{{- else -}}{{ $value | default "" | trim }}{{- end -}}
{{- end -}}

{{/* Heap of Node in MiB: four fifths of a limit written as Go does. */}}
{{- define "aso.heapMiB" -}}
{{- $number := regexFind "^[0-9]+" .Values.go.memLimit | float64 -}}
{{- $unit := regexFind "[A-Za-z]*$" .Values.go.memLimit -}}
{{- $mib := get (dict "B" (divf $number 1048576) "" (divf $number 1048576) "KiB" (divf $number 1024) "MiB" $number "GiB" (mulf $number 1024) "TiB" (mulf $number 1048576)) $unit -}}
{{- if lt $mib 128.0 -}}
{{- fail (printf "go.memLimit is '%s', with which the operator cannot start; allowed: 128MiB or more, or nothing" .Values.go.memLimit) -}}
{{- end -}}
{{- mulf $mib 0.8 | floor | int -}}
{{- end -}}

{{/* Namespaces in which the operator has rights when it has none cluster-wide. */}}
{{- define "aso.namespaces" -}}
{{- $namespaces := .Values.azureTargetNamespaces | default list -}}
{{- if kindIs "string" $namespaces -}}{{- $namespaces = splitList "," $namespaces -}}{{- end -}}
{{- range $namespaces }}{{ trim . }}
{{ end -}}
{{- end -}}
