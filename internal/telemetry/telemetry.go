// Package telemetry tells the people who run naru how it fares: structured
// logs, Prometheus metrics and the readiness of its parts.
//
// Nothing here may carry personal data. Log messages are constants, metric
// labels come from closed sets (kinds, outcomes, route patterns), and a check
// that fails reports "down" to the outside and its cause to the log alone.
//
// Everything is safe for concurrent use. Failures stay inside: a metric whose
// source cannot be read keeps its last value and is counted, a health check
// that hangs is reported as down after its timeout.
package telemetry
