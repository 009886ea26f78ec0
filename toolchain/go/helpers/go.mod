module isokube.dev/toolchain/helpers

go 1.25.0
