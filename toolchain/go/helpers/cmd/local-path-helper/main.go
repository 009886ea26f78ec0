// Makes and removes the folder of a volume, as local-path-provisioner's
// setupCommand and teardownCommand: it is started as
// `-p PATH -s BYTES -m MODE -a create|delete`. Upstream's are shell scripts,
// for which an image would need a shell.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

func main() {
	path := flag.String("p", "", "the volume's folder")
	action := flag.String("a", "", "create or delete")
	flag.Int64("s", 0, "the volume's size; a folder has no limit")
	flag.String("m", "Filesystem", "the volume's mode")
	flag.Parse()
	// The provisioner mounts the folder above: anything nearer to the root is a mistake that deletes too much.
	if !filepath.IsAbs(*path) || filepath.Dir(filepath.Clean(*path)) == "/" {
		fail("-p %q: is not a folder below a folder; give the volume's absolute path", *path)
	}
	switch *action {
	case "create":
		// Any user may write, as in upstream's script: which user the pods run as is not known here.
		syscall.Umask(0)
		if err := os.MkdirAll(*path, 0o777); err != nil {
			fail("creating %s: %v", *path, err)
		}
	case "delete":
		if err := os.RemoveAll(*path); err != nil {
			fail("removing %s: %v", *path, err)
		}
	default:
		fail("-a %q: is neither create nor delete", *action)
	}
}

func fail(format string, values ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", values...)
	os.Exit(1)
}
