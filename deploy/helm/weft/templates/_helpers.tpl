{{/* Called with (dict "root" $ "name" service). */}}
{{- define "weft.fullname" -}}
{{- if contains .root.Chart.Name .root.Release.Name }}{{ .root.Release.Name }}{{ else }}{{ .root.Release.Name }}-{{ .root.Chart.Name }}{{ end }}-{{ .name }}
{{- end }}

{{- define "weft.selector" -}}
app.kubernetes.io/name: weft
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .name }}
{{- end }}

{{- define "weft.labels" -}}
{{ include "weft.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{/* The port of gRPC, and that of health and metrics. */}}
{{- define "weft.grpcPort" -}}
{{ dict "gateway" 9000 "tokenizer" 9001 "encoder" 9002 "generator" 9003 | dig .name 0 }}
{{- end }}
{{- define "weft.managementPort" -}}
{{ dict "gateway" 9080 "tokenizer" 9081 "encoder" 9082 "generator" 9083 | dig .name 0 }}
{{- end }}

{{/*
Health by gRPC's own protocol, except where it says more than asked. Kubernetes asks without a certificate, so with mutual TLS by
HTTP, which has no models behind it. A gateway is alive even when what is behind it is not.
*/}}
{{- define "weft.probe" -}}
{{- if or .root.Values.mtls.enabled (eq .name "gateway") -}}
httpGet: {path: {{ printf "/q/health/%s" .kind }}, port: management}
{{- else -}}
grpc: {port: {{ include "weft.grpcPort" . }}}
{{- end }}
{{- end }}
