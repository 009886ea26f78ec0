module isokube.dev/toolchain/helpers

go 1.25.0

// For the definitions that lie in it and that gateway-kinds embeds; none of its code is used.
require sigs.k8s.io/gateway-api v1.4.1
