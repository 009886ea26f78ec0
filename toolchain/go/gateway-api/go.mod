module isokube.dev/toolchain/gateway-api

go 1.25.0

// For the definitions that lie in it; none of its code is used.
require sigs.k8s.io/gateway-api v1.4.1
