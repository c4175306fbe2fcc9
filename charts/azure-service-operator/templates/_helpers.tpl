{{/* Names and conditions that more than one template needs. */}}

{{/* The part of an installation that a cluster has once: CRDs, ClusterRoles, the admission policy. */}}
{{- define "aso.isClusterPart" -}}
{{- if and (or (not .Values.multitenant.enable) (eq (lower .Values.azureOperatorMode) "webhooks")) (eq .Values.rbac.scope "cluster") -}}true{{- end -}}
{{- end -}}

{{- define "aso.managesCrds" -}}
{{- if and (include "aso.isClusterPart" .) .Values.installCRDs -}}true{{- end -}}
{{- end -}}

{{/* This release reconciles objects. */}}
{{- define "aso.reconciles" -}}
{{- if or (not .Values.multitenant.enable) (eq (lower .Values.azureOperatorMode) "watchers") -}}true{{- end -}}
{{- end -}}

{{- define "aso.labels" -}}
app.kubernetes.io/name: azure-service-operator
app.kubernetes.io/version: {{ .Chart.AppVersion }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
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
{{- if .Values.image.digest -}}
{{- regexReplaceAll "(@.*|:[^:/]*)$" $image "" -}}@{{ .Values.image.digest }}
{{- else -}}
{{- $image -}}
{{- end -}}
{{- end -}}

{{/* Text as it is, a list joined: (list value separator). */}}
{{- define "aso.joined" -}}
{{- $value := index . 0 -}}
{{- if kindIs "slice" $value -}}{{ join (index . 1) $value }}{{- else -}}{{ $value }}{{- end -}}
{{- end -}}

{{/* Heap of Node in MiB: four fifths of a limit written as Go does. */}}
{{- define "aso.heapMiB" -}}
{{- $number := regexFind "^[0-9]+" .Values.go.memLimit | float64 -}}
{{- $unit := regexFind "[A-Za-z]*$" .Values.go.memLimit -}}
{{- $mib := get (dict "B" (divf $number 1048576) "" (divf $number 1048576) "KiB" (divf $number 1024) "MiB" $number "GiB" (mulf $number 1024) "TiB" (mulf $number 1048576)) $unit -}}
{{- mulf $mib 0.8 | floor | int -}}
{{- end -}}

{{/* Namespaces in which the operator has rights when it has none cluster-wide. */}}
{{- define "aso.namespaces" -}}
{{- $namespaces := .Values.azureTargetNamespaces -}}
{{- if kindIs "string" $namespaces -}}{{- $namespaces = splitList "," $namespaces -}}{{- end -}}
{{- range $namespaces }}{{ trim . }}
{{ end -}}
{{- end -}}
