// Package knowledge holds the dataset that naru answers from: agreements, projects, statistics, hospitals, news,
// contacts and what the bodies are, each record with its source, section, line and verbatim quote, and with a note
// where the source is odd.
package knowledge
