//go:build unix

package hosted

import "syscall"

// ownGroup keeps a child out of this process's group, and so from its signals.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
