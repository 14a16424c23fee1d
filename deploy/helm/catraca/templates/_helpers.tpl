{{- define "catraca.name" -}}
{{ .Release.Name }}-catraca
{{- end -}}

{{- define "catraca.selector" -}}
app.kubernetes.io/name: catraca
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "catraca.labels" -}}
{{ include "catraca.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{- define "catraca.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{- define "catraca.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "catraca.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop:
    - ALL
{{- end -}}

{{- define "catraca.env" -}}
- name: ENABLE_AI_GATEWAY
  value: "true"
- name: CATRACA_DEMO
  value: "false"
- name: WEB_CONCURRENCY
  value: {{ .Values.processes | quote }}
- name: CATRACA_SPOOL_MAX_MB
  value: {{ .Values.spool.maxMegabytes | quote }}
- name: CATRACA_STOP_DELAY_MS
  value: {{ .Values.stopDelayMilliseconds | quote }}
- name: CATRACA_SHUTDOWN_GRACE_MS
  value: {{ .Values.shutdownGraceMilliseconds | quote }}
{{- range $name, $value := .Values.env }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end -}}
