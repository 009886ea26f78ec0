// Approves the certificates that kubelets serve with, so that whoever reads
// from them (metrics-server, the API server) can tell them from others. A
// request is approved when it asks for nothing but the name and the address
// that the inventory has for the node that sends it; everything else is left
// as it is, for a person to look at.
package main

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"isokube.dev/toolchain/helpers/internal/apiserver"
)

const (
	signer   = "kubernetes.io/kubelet-serving"
	requests = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
	interval = 5 * time.Second
)

// What the approver looks at of a request.
type request struct {
	Metadata struct {
		Name string `json:"name"`
	} `json:"metadata"`
	Spec struct {
		Request    []byte   `json:"request"`
		SignerName string   `json:"signerName"`
		Username   string   `json:"username"`
		Groups     []string `json:"groups"`
		Usages     []string `json:"usages"`
	} `json:"spec"`
	Status struct {
		Conditions  []struct{} `json:"conditions"`
		Certificate []byte     `json:"certificate"`
	} `json:"status"`
}

func main() {
	connect := apiserver.Flags()
	health := flag.String("health-probe-bind-address", ":8081", "where /healthz answers")
	once := flag.Bool("once", false, "look once and end")
	flag.Parse()

	nodes, err := parseNodes(os.Getenv("NODES"))
	if err != nil {
		log.Fatalf("NODES: %v; write name=address,name=address", err)
	}
	api, err := connect()
	if err != nil {
		log.Fatal(err)
	}
	told := map[string]string{}
	if *once {
		if err := look(api, nodes, told); err != nil {
			log.Fatal(err)
		}
		return
	}
	var last atomic.Int64
	last.Store(time.Now().Unix())
	go serveHealth(*health, &last)
	for {
		if err := look(api, nodes, told); err != nil {
			log.Printf("looking for requests: %v", err)
		} else {
			last.Store(time.Now().Unix())
		}
		time.Sleep(interval)
	}
}

// parseNodes reads the inventory: which address each node has.
func parseNodes(text string) (map[string]net.IP, error) {
	nodes := map[string]net.IP{}
	for _, entry := range strings.Split(text, ",") {
		name, address, found := strings.Cut(entry, "=")
		ip := net.ParseIP(address)
		if !found || name == "" || ip == nil {
			return nil, fmt.Errorf("%q is not name=address", entry)
		}
		nodes[name] = ip
	}
	return nodes, nil
}

// look approves what may be approved, and tells once why something may not.
func look(api *apiserver.Client, nodes map[string]net.IP, told map[string]string) error {
	var list struct {
		Items []json.RawMessage `json:"items"`
	}
	body, err := api.Get(requests + "?fieldSelector=" + url.QueryEscape("spec.signerName="+signer))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, &list); err != nil {
		return fmt.Errorf("the list of requests: %w", err)
	}
	present := map[string]bool{}
	for _, raw := range list.Items {
		var found request
		if err := json.Unmarshal(raw, &found); err != nil {
			return fmt.Errorf("a request: %w", err)
		}
		name := found.Metadata.Name
		present[name] = true
		if len(found.Status.Conditions) > 0 || len(found.Status.Certificate) > 0 {
			continue
		}
		if problem := problemOf(found, nodes); problem != "" {
			if told[name] != problem {
				told[name] = problem
				log.Printf("%s of %s is left alone: %s", name, found.Spec.Username, problem)
			}
			continue
		}
		if err := approve(api, name, raw); err != nil {
			log.Printf("approving %s: %v", name, err)
			continue
		}
		log.Printf("approved %s of %s", name, found.Spec.Username)
	}
	for name := range told {
		if !present[name] {
			delete(told, name)
		}
	}
	return nil
}

// problemOf says why a request may not be approved; empty when it may.
func problemOf(found request, nodes map[string]net.IP) string {
	node, isNode := strings.CutPrefix(found.Spec.Username, "system:node:")
	if found.Spec.SignerName != signer || !isNode || !slices.Contains(found.Spec.Groups, "system:nodes") {
		return "it does not come from a node"
	}
	address, known := nodes[node]
	if !known {
		return "the inventory has no such node"
	}
	for _, usage := range found.Spec.Usages {
		if usage != "digital signature" && usage != "key encipherment" && usage != "server auth" {
			return "it asks for the usage " + usage
		}
	}
	block, rest := pem.Decode(found.Spec.Request)
	if block == nil || block.Type != "CERTIFICATE REQUEST" || len(bytes.TrimSpace(rest)) > 0 {
		return "it holds no certificate request"
	}
	asked, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil || asked.CheckSignature() != nil {
		return "its certificate request is malformed"
	}
	if asked.Subject.CommonName != found.Spec.Username || !slices.Equal(asked.Subject.Organization, []string{"system:nodes"}) {
		return "it asks for another name than the node's"
	}
	if len(asked.URIs) > 0 || len(asked.EmailAddresses) > 0 || len(asked.DNSNames)+len(asked.IPAddresses) == 0 {
		return "it asks for no name and no address, or for more than those"
	}
	for _, name := range asked.DNSNames {
		if name != node {
			return "it asks for the name " + name
		}
	}
	for _, ip := range asked.IPAddresses {
		if !ip.Equal(address) {
			return fmt.Sprintf("it asks for the address %s, and the inventory has %s", ip, address)
		}
	}
	return ""
}

// approve sends the request back with one condition more: all other fields stay what they are.
func approve(api *apiserver.Client, name string, raw json.RawMessage) error {
	var object map[string]any
	if err := json.Unmarshal(raw, &object); err != nil {
		return err
	}
	object["apiVersion"], object["kind"] = "certificates.k8s.io/v1", "CertificateSigningRequest"
	object["status"] = map[string]any{"conditions": []any{map[string]any{
		"type": "Approved", "status": "True", "reason": "InventoryMatches",
		"message": "It asks for the name and the address that the inventory has for this node.",
	}}}
	body, err := json.Marshal(object)
	if err != nil {
		return err
	}
	_, err = api.Send(http.MethodPut, requests+"/"+url.PathEscape(name)+"/approval", "application/json", body)
	return err
}

// serveHealth answers as long as the API server was reached lately.
func serveHealth(address string, last *atomic.Int64) {
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(answer http.ResponseWriter, _ *http.Request) {
		if time.Since(time.Unix(last.Load(), 0)) > 2*time.Minute {
			answer.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	server := &http.Server{Addr: address, Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.ListenAndServe())
}
