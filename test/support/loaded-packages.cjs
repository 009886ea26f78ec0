// For `node --require`: says at the end, on stderr, which packages were loaded.
process.on("exit", () => {
  const names = Object.keys(require.cache).map(
    (path) => /node_modules\/(@[^/]+\/[^/]+|[^/]+)\/(?!.*node_modules)/.exec(path)?.[1],
  );
  process.stderr.write(`loaded: ${JSON.stringify([...new Set(names.filter((name) => name !== undefined))])}\n`);
});
