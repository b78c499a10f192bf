//go:build !linux

package app

// releaseProgram does nothing: other systems are not asked.
func releaseProgram() error { return nil }
