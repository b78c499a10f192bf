package app

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// releaseProgram takes the pages of the program file out of the memory of the
// process: the start went through most of the file (data files, the making of
// tables, all that is registered), and what follows needs less than half of it.
// They stay in the system's cache of files, from where those needed come back
// one by one.
//
// Only what is mapped from the file as it is may be dropped. A mapping with a
// page that was changed, by relocation or a debugger, is left alone.
func releaseProgram() error {
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return err
	}
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		return err
	}
	var from, to uintptr // of the mapping that the lines are about; none if both are zero
	for line := range bytes.Lines(maps) {
		text := strings.TrimSuffix(string(line), "\n")
		name, _, _ := strings.Cut(text, " ")
		switch {
		case !strings.HasSuffix(name, ":"): // the first line about a mapping
			var permissions string
			if _, err := fmt.Sscanf(text, "%x-%x %s", &from, &to, &permissions); err != nil {
				return fmt.Errorf("read %q: %w", text, err)
			}
			if permissions[1] == 'w' || permissions[3] != 'p' || !strings.HasSuffix(text, " "+program) {
				from, to = 0, 0
			}
		case name == "Anonymous:" && to > 0 && strings.Fields(text)[1] == "0":
			if _, _, errno := syscall.Syscall(syscall.SYS_MADVISE, from, to-from, syscall.MADV_DONTNEED); errno != 0 {
				return fmt.Errorf("release %s: %w", name, errno)
			}
		}
	}
	return nil
}
