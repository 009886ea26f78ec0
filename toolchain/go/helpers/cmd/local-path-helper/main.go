// Makes and removes the folder of a volume, as local-path-provisioner's
// setupCommand and teardownCommand: it is started as
// `-p PATH -s BYTES -m MODE -a create|delete`. Upstream's are shell scripts,
// for which an image would need a shell.
//
// `-a finish -provisioner NAME` waits, in the provisioner's own pod and before
// it ends, until no volume is left whose claim is gone: nobody would remove its
// folder later.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"isokube.dev/toolchain/helpers/internal/apiserver"
)

func main() {
	path := flag.String("p", "", "the volume's folder")
	action := flag.String("a", "", "create, delete or finish")
	provisioner := flag.String("provisioner", "", "whose volumes are to be finished with")
	connect := apiserver.Flags()
	wait := flag.Duration("wait", 45*time.Second, "how long the last volumes may take to go")
	flag.Int64("s", 0, "the volume's size; a folder has no limit")
	flag.String("m", "Filesystem", "the volume's mode")
	flag.Parse()
	if *action == "finish" {
		api, err := connect()
		if err != nil {
			fail("%v", err)
		}
		finish(api, *provisioner, *wait)
		return
	}
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
		fail("-a %q: is none of create, delete and finish", *action)
	}
}

func fail(format string, values ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", values...)
	os.Exit(1)
}

// finish looks until every volume without a claim is gone, or the time is over.
func finish(api *apiserver.Client, provisioner string, wait time.Duration) {
	for deadline := time.Now().Add(wait); ; time.Sleep(500 * time.Millisecond) {
		left, err := orphans(api, provisioner)
		if err == nil && len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			fail("after %s: volumes without a claim: %s (last error: %v)", wait, strings.Join(left, ", "), err)
		}
	}
}

type object struct {
	Metadata struct {
		Name        string            `json:"name"`
		UID         string            `json:"uid"`
		Annotations map[string]string `json:"annotations"`
	} `json:"metadata"`
	Spec struct {
		Policy   string `json:"persistentVolumeReclaimPolicy"`
		ClaimRef *struct {
			UID string `json:"uid"`
		} `json:"claimRef"`
	} `json:"spec"`
}

// orphans names the provisioner's volumes that go with their claim and whose claim is gone.
func orphans(api *apiserver.Client, provisioner string) ([]string, error) {
	// Volumes first: a claim that is made in between cannot make a volume look left.
	volumes, err := list(api, "/api/v1/persistentvolumes")
	if err != nil {
		return nil, err
	}
	claims, err := list(api, "/api/v1/persistentvolumeclaims")
	if err != nil {
		return nil, err
	}
	present := map[string]bool{}
	for _, claim := range claims {
		present[claim.Metadata.UID] = true
	}
	var left []string
	for _, volume := range volumes {
		own := volume.Metadata.Annotations["pv.kubernetes.io/provisioned-by"] == provisioner
		if claim := volume.Spec.ClaimRef; own && volume.Spec.Policy == "Delete" && claim != nil && !present[claim.UID] {
			left = append(left, volume.Metadata.Name)
		}
	}
	return left, nil
}

func list(api *apiserver.Client, path string) ([]object, error) {
	content, err := api.Get(path)
	if err != nil {
		return nil, err
	}
	var found struct {
		Items []object `json:"items"`
	}
	err = json.Unmarshal(content, &found)
	return found.Items, err
}
