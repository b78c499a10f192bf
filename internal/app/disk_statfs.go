//go:build linux || darwin

package app

import "syscall"

const canSeeFreeSpace = true

// freeSpace is how many bytes this program may still write to the disk that
// holds the folder.
func freeSpace(dir string) (bytes uint64, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return s.Bavail * uint64(s.Bsize), nil
}
