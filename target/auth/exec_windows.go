package auth

import (
	"os/exec"
	"syscall"
)

// inOwnGroup starts a command in a group of its own, so that it does not get the console's signals.
func inOwnGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

// endGroup does nothing: what a command leaves behind goes on.
func endGroup(*exec.Cmd) {}
