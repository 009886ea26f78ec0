// Runs the host's program of the name by which it was started (nft, iptables,
// ipset, …) from inside a privileged pod that has the host's root mounted at
// /host. The firewall's programs must fit the host's kernel and the rules that
// the host itself writes, so the host's own are the right ones; and none of
// them exists as one static file that an image could carry.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

const hostRoot = "/host"

var folders = []string{"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"}

func main() {
	name := filepath.Base(os.Args[0])
	if _, err := os.Stat(filepath.Join(hostRoot, "proc")); err != nil {
		fail("%s: the host's root is not mounted at %s (%v); mount hostPath / there", name, hostRoot, err)
	}
	if err := syscall.Chroot(hostRoot); err != nil {
		fail("%s: chroot to %s: %v; the pod must be privileged", name, hostRoot, err)
	}
	if err := syscall.Chdir("/"); err != nil {
		fail("%s: chdir: %v", name, err)
	}
	for _, folder := range folders {
		program := filepath.Join(folder, name)
		err := syscall.Exec(program, os.Args, os.Environ())
		if !os.IsNotExist(err) {
			fail("%s: starting the host's %s: %v", name, program, err)
		}
	}
	fail("%s: the host has no such program in %v; install its package there", name, folders)
}

func fail(format string, values ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", values...)
	// What a shell ends with when a command is not found: callers look for the program like for any other.
	os.Exit(127)
}
