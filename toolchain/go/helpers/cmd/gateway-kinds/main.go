// Brings the kinds of the Gateway API into the cluster it runs in, and ends when
// the API server serves them. Kinds that are there already in a newer version,
// or that somebody took from the experimental channel, stay as they are.
package main

import (
	"embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"isokube.dev/toolchain/helpers/internal/apiserver"
)

// Laid in from the pinned module when this is built.
//
//go:embed kinds/*.yaml
var kinds embed.FS

const (
	group       = "gateway.networking.k8s.io"
	definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/"
	versionKey  = group + "/bundle-version"
	channelKey  = group + "/channel"
)

type definition struct {
	Metadata struct {
		Annotations map[string]string `json:"annotations"`
	} `json:"metadata"`
	Status struct {
		Conditions []struct {
			Type   string `json:"type"`
			Status string `json:"status"`
		} `json:"conditions"`
	} `json:"status"`
}

func main() {
	connect := apiserver.Flags()
	wait := flag.Duration("wait", time.Minute, "how long each kind may take until it is served")
	flag.Parse()

	api, err := connect()
	if err != nil {
		log.Fatal(err)
	}
	files, err := kinds.ReadDir("kinds")
	if err != nil {
		log.Fatal(err)
	}
	for _, file := range files {
		content, err := kinds.ReadFile(path.Join("kinds", file.Name()))
		if err != nil {
			log.Fatal(err)
		}
		plural := strings.TrimSuffix(strings.TrimPrefix(file.Name(), group+"_"), ".yaml")
		if err := bring(api, plural+"."+group, content, *wait); err != nil {
			log.Fatalf("%s: %v", plural, err)
		}
	}
}

// bring makes or updates one definition and waits until it is served.
func bring(api *apiserver.Client, name string, content []byte, wait time.Duration) error {
	present, err := get(api, name)
	if err != nil {
		return err
	}
	if reason := staysFor(present, content); reason != "" {
		log.Printf("%s stays as it is: %s", name, reason)
	} else if err := apply(api, name, content); err != nil {
		return err
	}
	for deadline := time.Now().Add(wait); ; time.Sleep(200 * time.Millisecond) {
		present, err := get(api, name)
		if err == nil && present != nil && isServed(*present) {
			log.Printf("%s is served", name)
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("not served after %s (last answer: %v)", wait, err)
		}
	}
}

// staysFor tells why a definition that is there must not be replaced; empty when it may.
func staysFor(present *definition, content []byte) string {
	if present == nil {
		return ""
	}
	annotations := present.Metadata.Annotations
	if channel := annotations[channelKey]; channel != "" && channel != "standard" {
		return "it is of the channel " + channel
	}
	if own := annotationOf(content, versionKey); isNewer(annotations[versionKey], own) {
		return fmt.Sprintf("it is of version %s, newer than %s", annotations[versionKey], own)
	}
	return ""
}

// annotationOf reads a line `key: value`, which upstream's files have once.
func annotationOf(content []byte, key string) string {
	for line := range strings.Lines(string(content)) {
		if value, found := strings.CutPrefix(strings.TrimSpace(line), key+": "); found {
			return strings.Trim(value, `"'`)
		}
	}
	return ""
}

// isNewer compares versions such as v1.4.1; what is none of that is not newer.
func isNewer(version, than string) bool {
	left, right := numbersOf(version), numbersOf(than)
	for index := range left {
		if left[index] != right[index] {
			return left[index] > right[index]
		}
	}
	return false
}

func numbersOf(version string) [3]int {
	var numbers [3]int
	release, _, _ := strings.Cut(strings.TrimPrefix(version, "v"), "-")
	for index, text := range strings.SplitN(release, ".", 3) {
		numbers[index], _ = strconv.Atoi(text)
	}
	return numbers
}

func isServed(present definition) bool {
	for _, condition := range present.Status.Conditions {
		if condition.Type == "Established" {
			return condition.Status == "True"
		}
	}
	return false
}

// get reads a definition; nil when there is none.
func get(api *apiserver.Client, name string) (*definition, error) {
	content, err := api.Get(definitions + name)
	if errors.Is(err, apiserver.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var found definition
	return &found, json.Unmarshal(content, &found)
}

// apply leaves to the API server what is new in it: fields of other managers stay.
func apply(api *apiserver.Client, name string, content []byte) error {
	_, err := api.Send(http.MethodPatch, definitions+name+"?fieldManager=isokube&force=true", "application/apply-patch+yaml", content)
	return err
}
