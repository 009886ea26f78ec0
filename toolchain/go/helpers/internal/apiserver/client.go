// Package apiserver asks the API server of the cluster that a program's pod
// runs in, as the pod's service account. client-go would do it too, in thirty
// megabytes of every image.
package apiserver

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

const (
	account = "/var/run/secrets/kubernetes.io/serviceaccount/"
	timeout = 20 * time.Second
	// Far above any list that is read here; a server that goes on must not fill the memory.
	largest = 64 << 20
)

// ErrNotFound is the answer 404.
var ErrNotFound = errors.New("there is none")

// Client is for one API server.
type Client struct {
	server, tokenFile string
	http              *http.Client
}

// Flags adds the flags that say where the API server is and who asks; what
// they leave open is what a pod is told. Call the result after flag.Parse.
func Flags() func() (*Client, error) {
	inPod := "https://" + net.JoinHostPort(os.Getenv("KUBERNETES_SERVICE_HOST"), os.Getenv("KUBERNETES_SERVICE_PORT"))
	server := flag.String("server", inPod, "the API server")
	authority := flag.String("certificate-authority", account+"ca.crt", "file of the API server's authority")
	token := flag.String("token-file", account+"token", "file of the account's token, read again for every call")
	return func() (*Client, error) { return newClient(*server, *authority, *token) }
}

func newClient(server, authorityFile, tokenFile string) (*Client, error) {
	authority, err := os.ReadFile(authorityFile)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(authority) {
		return nil, fmt.Errorf("%s holds no certificate", authorityFile)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
	return &Client{server, tokenFile, &http.Client{Transport: transport, Timeout: timeout}}, nil
}

// Get reads what is at a path of the API.
func (api *Client) Get(path string) ([]byte, error) {
	return api.Send(http.MethodGet, path, "", nil)
}

// Send calls a path of the API with a body of the type given. Kubelets renew
// the token's file, so it is read for each call.
func (api *Client) Send(method, path, contentType string, body []byte) ([]byte, error) {
	token, err := os.ReadFile(api.tokenFile)
	if err != nil {
		return nil, err
	}
	call, err := http.NewRequest(method, api.server+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	call.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	call.Header.Set("Accept", "application/json")
	if contentType != "" {
		call.Header.Set("Content-Type", contentType)
	}
	answer, err := api.http.Do(call)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(io.LimitReader(answer.Body, largest))
	if err != nil {
		return nil, err
	}
	if answer.StatusCode == http.StatusNotFound {
		return nil, fmt.Errorf("%s %s: %w", method, path, ErrNotFound)
	}
	if answer.StatusCode/100 != 2 {
		return nil, fmt.Errorf("%s %s: %s: %.300s", method, path, answer.Status, content)
	}
	return content, nil
}
